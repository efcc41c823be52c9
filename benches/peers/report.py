#!/usr/bin/env python3
"""Writes docs/benchmarks.md and docs/benchmarks.svg from the samples of `run.py --csv`.

From the project's root:  benches/peers/report.py benches/results.csv
It needs matplotlib, which setup.sh installs with jax:  ~/.cache/nnx-bench/jax/bin/python benches/peers/report.py ..
"""

import collections, csv, os, statistics, sys
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import roofline
from run import HERE, QUIET

DOCS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs")
FAMILIES = {
    "Matrix products": ("gemm",),
    "Convolutions and their gradients": tuple(f"conv_{p}{name}" for p in ("", "dx_", "dk_") for name in roofline.CONVOLUTIONS),
    "Layers, a loss, an update": tuple(roofline.LAYERS),
    "Layers on images, and their gradients": tuple(t + name for t in ("", "train_") for name in roofline.IMAGES),
    "Models": tuple(f"{kind}_{model}_b" for kind in ("infer", "train", "decode") for model in roofline.MODELS),
}


def read(path):
    """Median microseconds of each library by (workload, threads), and the sentence that says what was measured."""
    rows = list(csv.DictReader(open(path)))
    samples = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in rows:
        quiet = float(row["busy_elsewhere"]) < QUIET
        samples[row["workload"], int(row["threads"])][row["library"]].append((quiet, float(row["median_us"])))
    medians = {}
    for key, libraries in samples.items():
        medians[key] = {
            library: statistics.median([us for quiet, us in all_ if quiet] or [us for _, us in all_])
            for library, all_ in libraries.items()
        }
    return medians, measured_on(rows)


def measured_on(rows):
    """One sentence with dates, commits and machines. Commits but the first say which workloads were measured there."""
    workloads = collections.defaultdict(dict)  # the workloads of each commit, in the order of the file
    for row in rows:
        workloads[row["commit"]][row["workload"]] = None
    commits = sorted(workloads, key=lambda commit: -len(workloads[commit]))
    parts = [commits[0].replace("+changes", " with uncommitted changes")]
    for commit in commits[1:]:
        names = [f"`{name}`" for name in workloads[commit]]
        which = ", ".join(names) if len(names) <= 8 else f"{len(names)} of the workloads, {names[0]} to {names[-1]}"
        parts.append(f"{commit.replace('+changes', ' with uncommitted changes')} (for {which})")
    dates = " and ".join(sorted({row["date"] for row in rows}))
    machines = " and ".join(sorted({row["machine"] for row in rows}))
    return f"Measured on {dates}, on {machines}, at commit {' and at commit '.join(parts)}."


def line(medians, workload, threads):
    """Microseconds of nnx, name and microseconds of the best peer, and microseconds of nnx as a compiled model or a
    recorded step, if it has one; None if nnx or all peers are missing."""
    libraries = dict(medians.get((workload, threads), {}))
    ours, jit = libraries.pop("nnx", None), libraries.pop("nnx.jit", None)
    if ours is None or not libraries:
        return None
    best = min(libraries, key=libraries.get)
    return ours, best, libraries[best], jit


def table(medians, prefixes):
    """The table of one family of workloads."""
    measured = [w for w in roofline.W if w.startswith(prefixes) and line(medians, w, 1)]
    recorded = any(line(medians, w, 1)[3] for w in measured)
    ratio = "ratio (`jit`)" if recorded else "ratio"
    columns = ["nnx, µs", *["`jit`, µs"] * recorded, "best peer, µs", ratio, "roofline, µs"]
    columns += ["two threads: nnx", *["`jit`"] * recorded, "best peer", ratio, "nnx, one thread to two"]
    lines = [f"| workload | {' | '.join(columns)} |", "|---|" + "--:|" * len(columns)]
    for workload in measured:
        one, two = line(medians, workload, 1), line(medians, workload, 2)
        cells = [*times(one, recorded), f"{roofline.limit(workload, 1)[0]:.1f}"]
        if two:
            cells += [*times(two, recorded), f"{one[0] / two[0]:.2f} ×"]
        lines.append(f"| {workload} | " + " | ".join(cells + ["-"] * (len(columns) - len(cells))) + " |")
    return "\n".join(lines)


def times(found, recorded):
    """The cells of nnx, of `jit` if the table has it, of the best peer, and of the ratio to it, in parentheses that of `jit`."""
    ours, best, theirs, jit = found
    of_jit = [f"{jit:.1f}" if jit else "-"] if recorded else []
    ratio = f"**{ours / theirs:.2f}**" + (f" ({jit / theirs:.2f})" if jit else "")
    return [f"{ours:.1f}", *of_jit, f"{theirs:.1f} ({best})", ratio]


def plot(medians, path):
    """Plots the ratios to the best peer, one row for each workload. nnx is faster left of the line."""
    workloads = [w for w in roofline.W if line(medians, w, 1)][::-1]
    figure, axes = plt.subplots(figsize=(8, 0.24 * len(workloads) + 1.2))
    for threads, marker in ((1, "o"), (2, "D")):
        points = [(line(medians, w, threads), y) for y, w in enumerate(workloads)]
        ratios = [(found[0] / found[2], y) for found, y in points if found]
        label = "one thread" if threads == 1 else "two threads"
        axes.plot(*zip(*ratios), marker, markersize=4, label=label)
    axes.axvline(1, color="grey", linewidth=1)
    axes.set_xscale("log")
    ticks = [0.25, 0.5, 0.7, 1, 1.5, 2, 4]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(workloads)), workloads, fontsize=7)
    axes.set_xlabel("time of nnx / time of the best peer")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main():
    medians, measured = read(sys.argv[1])
    plot(medians, os.path.join(DOCS, "benchmarks.svg"))
    page = os.path.join(DOCS, "benchmarks.md")
    head = open(page).read().split("<!-- results -->")[0]
    with open(page, "w") as out:
        print(head + f"<!-- results -->\n\n{measured}\n", file=out)
        print("![time of nnx over time of the best peer](benchmarks.svg)", file=out)
        for title, prefixes in FAMILIES.items():
            print(f"\n## {title}\n\n{table(medians, prefixes)}", file=out)


if __name__ == "__main__":
    main()
