#!/usr/bin/env python3
"""Times the operations of nnx beside another library, in a minute or two.

From the project's root:  benches/peers/operations.py [options] [WORKLOAD ...]
nnx and the peer take turns on each workload, round after round; the table has the least time of all rounds. By default
that is CPU time, on one thread: it doesn't count while other programs have the core. (They still fill
the caches, which makes memory-bound rows noisy.) `--wall` takes wall-clock time, for several threads on a machine
that is quiet. `--csv FILE` writes the table. `--record` keeps the times: in benches/operations.csv, and from there in the
table of docs/benchmarks.md.
"""

import argparse, csv, os, time
import roofline, run

ROOT = os.path.dirname(os.path.dirname(run.HERE))
RECORDS = os.path.join(ROOT, "benches", "operations.csv")
PAGE = os.path.join(ROOT, "docs", "benchmarks.md")
COLUMNS = ["workload", "threads", "nnx_us", "torch_us", "ratio"]

SPIN = 0.25  # seconds that threads of a library may wait for more work, and keep a core busy


def least(line):
    """The fastest sample of an answer, in microseconds, or None."""
    fields = line.split(",", 4)
    if len(fields) < 5 or fields[3] == "-":
        if "unsupported" not in line:
            print("  " + line, flush=True)
        return None
    return float(dict(field.split("=") for field in fields[4].split(";"))["min"])


def record(times, threads):
    """Writes the times of workloads, by name, into the file of records and into the table of the page."""
    with open(RECORDS) as file:
        kept = {(row["workload"], row["threads"]): row for row in csv.DictReader(file)}
    for workload, (ours, theirs) in times.items():
        values = [workload, str(threads), f"{ours:.1f}", f"{theirs:.1f}", f"{ours / theirs:.2f}"]
        kept[workload, str(threads)] = dict(zip(COLUMNS, values))
    rows = [kept[name, n] for n in "12" for name in roofline.OPERATIONS if (name, n) in kept]
    with open(RECORDS, "w", newline="") as out:
        table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    none = dict.fromkeys(COLUMNS, "-")
    lines = []
    for name in roofline.OPERATIONS:
        cells = [name]
        for row in (kept.get((name, n), none) for n in "12"):
            ratio = row["ratio"] if row is none else f"**{row['ratio']}**"
            cells += [row["nnx_us"], row["torch_us"], ratio]
        if cells[1] != "-":
            lines.append("| " + " | ".join(cells) + " |")
    page = open(PAGE).read()
    heading = page.index("## Operations, compared with PyTorch")
    start = page.index("\n", page.index("|---|", page.index("| workload |", heading))) + 1
    page = page[:start] + "\n".join(lines) + page[page.index("\n\n", start) :]
    with open(PAGE, "w") as out:
        out.write(page)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("workloads", nargs="*", help="default: all operations")
    a.add_argument("--peer", default="torch", choices=("torch", "jax"))
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--wall", action="store_true", help="wall-clock time instead of CPU time")
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--seconds", type=float, default=0.05, help="length of one sample")
    a.add_argument("--csv", help="a file for the table")
    a.add_argument("--record", action="store_true", help="keep the times beside torch, and renew the page")
    options = a.parse_args()
    unknown = [name for name in options.workloads if name not in roofline.W]
    if unknown:
        a.error(f"no workload is called {', '.join(unknown)}; benches/peers/roofline.py has the names")
    os.makedirs(run.HOME, exist_ok=True)
    command, variants = run.PEERS[options.peer]
    variant = variants[-1] if options.peer == "jax" else variants[0]
    clock = [] if options.wall else ["--cpu"]
    processes = [(run.Peer("nnx", run.ours() + clock, options.threads), "nnx")]
    processes.append((run.Peer(options.peer, command + clock, options.threads), variant))
    lines = [f"workload,nnx_us,{options.peer}_us,ratio,roofline_us"]
    kept = {}
    for workload in options.workloads or [*roofline.OPERATIONS, *roofline.SEQUENCES]:
        times = [[], []]
        for _ in range(options.rounds):
            for (process, name), found in zip(processes, times):
                if options.threads > 1:
                    time.sleep(SPIN)
                microseconds = least(process.ask(workload, name, options.seconds)[0])
                if microseconds is not None:
                    found.append(microseconds)
        limit = roofline.limit(workload, options.threads)[0]
        if all(times):
            ours, theirs = kept[workload] = tuple(map(min, times))
            lines.append(f"{workload},{ours:.1f},{theirs:.1f},{ours / theirs:.2f},{limit:.1f}")
            print(f"{workload:28}{ours:12.1f} us{theirs:12.1f} us{ours / theirs:8.2f} x", flush=True)
    for process, _ in processes:
        process.process.stdin.close()
        process.process.kill()
    if options.record and options.peer == "torch":
        record(kept, options.threads)
    if options.csv:
        with open(options.csv, "w") as out:
            print("\n".join(lines), file=out)


if __name__ == "__main__":
    main()
