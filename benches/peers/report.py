#!/usr/bin/env python3
"""Writes docs/benchmarks.md and docs/benchmarks.svg from the samples that `run.py --csv` has kept.

From the project's root:  benches/peers/report.py benches/results.csv
It needs matplotlib, which setup.sh puts beside jax:  ~/.cache/nnx-bench/jax/bin/python benches/peers/report.py ..
"""

import collections, csv, os, statistics, sys
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import floors
from run import HERE, QUIET

DOCS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs")
FAMILIES = {
    "Products of matrices": ("gemm",),
    "Convolutions and their gradients": ("conv",),
    "Layers, a loss, an update": tuple(floors.LAYERS),
    "Models": ("infer", "train"),
}


def read(path):
    """Median microseconds of each library, by (workload, threads); and what the lines say of themselves."""
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
    about = sorted({(row["date"], row["commit"], row["machine"]) for row in rows})
    return medians, about


def line(medians, workload, threads):
    """Our microseconds, the best peer and its, or None where one of both is missing."""
    libraries = dict(medians.get((workload, threads), {}))
    ours = libraries.pop("nnx", None)
    if ours is None or not libraries:
        return None
    best = min(libraries, key=libraries.get)
    return ours, best, libraries[best]


def table(medians, prefixes):
    """A table of one family of workloads."""
    lines = [
        "| workload | nnx, µs | best peer, µs | ratio | floor, µs | two threads: nnx | best peer | ratio | nnx, one thread to two |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for workload in (w for w in floors.W if w.startswith(prefixes)):
        one, two = line(medians, workload, 1), line(medians, workload, 2)
        if not one:
            continue
        floor = floors.limit(workload, 1)[0]
        cells = [f"{one[0]:.1f}", f"{one[2]:.1f} ({one[1]})", f"**{one[0] / one[2]:.2f}**", f"{floor:.1f}"]
        if two:
            cells += [f"{two[0]:.1f}", f"{two[2]:.1f} ({two[1]})", f"**{two[0] / two[2]:.2f}**"]
            cells += [f"{one[0] / two[0]:.2f} ×"]
        lines.append(f"| {workload} | " + " | ".join(cells + ["-"] * (8 - len(cells))) + " |")
    return "\n".join(lines)


def plot(medians, path):
    """Ratios to the best peer, a row for each workload; left of the line nnx is faster."""
    workloads = [w for w in floors.W if line(medians, w, 1)][::-1]
    figure, axes = plt.subplots(figsize=(8, 0.24 * len(workloads) + 1.2))
    for threads, marker in ((1, "o"), (2, "D")):
        places = [(line(medians, w, threads), y) for y, w in enumerate(workloads)]
        ratios = [(found[0] / found[2], y) for found, y in places if found]
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
    medians, about = read(sys.argv[1])
    plot(medians, os.path.join(DOCS, "benchmarks.svg"))
    page = os.path.join(DOCS, "benchmarks.md")
    head = open(page).read().split("<!-- figures -->")[0]
    with open(page, "w") as out:
        print(head + "<!-- figures -->\n", file=out)
        for date, commit, machine in about:
            print(f"Measured on {date} at commit {commit}, on {machine}.\n", file=out)
        print("![time of nnx over time of the best peer](benchmarks.svg)", file=out)
        for title, prefixes in FAMILIES.items():
            print(f"\n## {title}\n\n{table(medians, prefixes)}", file=out)


if __name__ == "__main__":
    main()
