#!/usr/bin/env python3
"""Times nnx and other libraries (peers) on the same workloads, interleaved, so that noise affects all of them alike.

From the project's root:  benches/peers/run.py [options] [WORKLOAD ...]
It starts one process for each (library, number of threads). In each round every process measures one workload in turn,
while the others are idle. Each sample waits for a quiet machine and records how many cores other programs kept busy. If
the machine wasn't quiet, the sample is repeated once. The script prints a table: the time, its ratio to the best peer,
its ratio to the roofline. `--csv FILE` appends the samples to a file.
"""

import argparse, collections, json, os, statistics, subprocess, sys, time
import roofline

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.environ.get("NNX_BENCH_HOME") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "nnx-bench"
)
PYTHON = os.path.join(HERE, "python")


def rust(name):
    return [os.path.join(HOME, "target", name, "release", f"bench_{name}")]


def python(venv, script):
    return [os.path.join(HOME, venv, "bin", "python"), os.path.join(PYTHON, script)]


PEERS = {  # name: (command, variants)
    "numpy": (python("jax", "numpy_bench.py"), ["numpy"]),
    "torch": (python("torch", "torch_bench.py"), ["eager", "cl"]),
    "deploy": (python("deploy", "deploy_bench.py"), ["ort", "openvino", "compile"]),
    "jax": (python("jax", "jax_bench.py"), ["nnx", "jax"]),
    "gemm": (rust("gemm"), ["matrixmultiply", "gemm", "faer"]),
    "candle": (rust("candle"), ["candle"]),
    "burn": (rust("burn"), ["flex"]),
}


def ours():
    """The command of nnx's benchmark. `cargo bench --bench workloads --no-run` builds it and prints its path."""
    if os.environ.get("NNX_BENCH"):
        return os.environ["NNX_BENCH"].split()
    out = subprocess.run(
        ["cargo", "bench", "--bench", "workloads", "--no-run", "--message-format=json"],
        capture_output=True,
        text=True,
    )
    for line in reversed(out.stdout.splitlines()):
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if message.get("executable") and message.get("target", {}).get("name") == "workloads":
            return [message["executable"]]
    sys.exit("no bench target `workloads` here: " + out.stderr[-400:])


# A sample is quiet if other programs kept fewer than this many cores busy during it.
QUIET = 0.15
TICK = os.sysconf("SC_CLK_TCK")


def busy():
    v = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    return (v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) / TICK


def used(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return sum(int(x) for x in fields[11:15]) / TICK


def environment(threads):
    """The environment of a process whose library uses this number of threads."""
    n = str(threads)
    env = dict(
        os.environ,
        OMP_NUM_THREADS=n,
        MKL_NUM_THREADS=n,
        OPENBLAS_NUM_THREADS=n,
        RAYON_NUM_THREADS=n,
        NNX_NUM_THREADS=n,
        MATMUL_NUM_THREADS=n,
        JAX_PLATFORMS="cpu",
        RUST_BACKTRACE="0",
    )
    for key in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        env.pop(key, None)
    return env


class Peer:
    def __init__(self, name, command, threads):
        pin = ["taskset", "-c", "0"] if threads == 1 else []
        log = open(os.path.join(HOME, f"{name}_{threads}.log"), "a")
        self.threads = threads
        self.process = subprocess.Popen(
            pin + command + ["--threads", str(threads), "--serve"],
            env=environment(threads),
            cwd=PYTHON,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )

    def ask(self, workload, variant, seconds):
        cpu, all_, start = used(self.process.pid), busy(), time.time()
        try:
            self.process.stdin.write(f"{workload} {variant} {seconds}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline().strip()
        except BrokenPipeError:
            line = ""
        if not line:
            return f"{workload},{variant},{self.threads},-,died", 0.0
        return line, max(0.0, (busy() - all_ - (used(self.process.pid) - cpu)) / (time.time() - start))


def wait_quiet(limit):
    start = time.time()
    while time.time() - start < limit:
        b, t = busy(), time.time()
        time.sleep(0.15)
        if (busy() - b) / (time.time() - t) < 0.12:
            return


# operations.py times the operations.
WORKLOADS = [workload for workload in roofline.W if workload not in roofline.OPERATIONS | roofline.SEQUENCES]
COLUMNS = "date,commit,machine,workload,library,threads,round,median_us,min_us,busy_elsewhere"


def about():
    """Date, commit and processor: the first columns of each row of the CSV file."""

    def git(*words):
        return subprocess.run(["git", *words], capture_output=True, text=True, cwd=HERE).stdout

    commit = git("rev-parse", "--short", "HEAD").strip() or "unknown"
    if git("status", "--porcelain", "--untracked-files=no").strip():
        commit += "+changes"
    fields = dict(map(str.strip, line.split(":", 1)) for line in open("/proc/cpuinfo") if ":" in line)
    vectors = next((v for v in ("avx512f", "avx2") if v in fields.get("flags", "").split()), "")
    machine = f"{os.cpu_count()} x {fields.get('model name', 'unknown')} {vectors}".strip()
    return f"{time.strftime('%Y-%m-%d')},{commit},{machine.replace(',', ' ')}"


class Samples:
    """The samples, and the CSV file that they are appended to."""

    def __init__(self, path):
        self.of = collections.defaultdict(list)  # (workload, threads): [(library, us, busy elsewhere)]
        self.dead = set()
        self.about = about()
        self.csv = None
        if path:
            new = not os.path.exists(path)
            self.csv = open(path, "a")
            if new:
                print(COLUMNS, file=self.csv)

    def add(self, workload, library, threads, number, line, elsewhere):
        fields = line.split(",", 4)
        median, rest = float(fields[3]), dict(f.split("=") for f in fields[4].split(";"))
        self.of[workload, threads].append((library, median, elsewhere))
        if self.csv:
            values = f"{number},{median},{rest['min']},{elsewhere:.2f}"
            print(f"{self.about},{workload},{library},{threads},{values}", file=self.csv, flush=True)


def sample(peer, workload, variant, options):
    """One measurement, on a quiet machine if possible."""
    for _ in range(2):
        wait_quiet(options.wait)
        line, elsewhere = peer.ask(workload, variant, options.seconds)
        if elsewhere < QUIET:
            break
    return line, elsewhere


def measure(workload, number, peers, commands, samples, options):
    """One round of a workload: each library measures it once."""
    for (name, threads), peer in list(peers.items()):
        for variant in commands[name][1]:
            if (name, threads, variant, workload) in samples.dead:
                continue
            line, elsewhere = sample(peer, workload, variant, options)
            fields = line.split(",", 4)
            if len(fields) < 5 or fields[3] == "-":
                samples.dead.add((name, threads, variant, workload))
                if "unsupported" not in line:
                    print(f"  {workload} {name}.{variant}: {line}", flush=True)
            else:
                library = name if variant == name else f"{name}.{variant}"
                samples.add(workload, library, threads, number, line, elsewhere)
            if peer.process.poll() is not None:
                peers[(name, threads)] = Peer(name, commands[name][0], threads)


def table(workload, threads, rows):
    """Prints the libraries, fastest first, by the medians of their quiet samples."""
    medians = {}
    for library in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == library]
        quiet = [row[1] for row in mine if row[2] < QUIET]
        medians[library] = statistics.median(quiet or [row[1] for row in mine]), len(quiet), len(mine)
    if not medians:
        return
    limit, flops, _ = roofline.limit(workload, threads)
    best = min((m[0] for name, m in medians.items() if not name.startswith("nnx")), default=float("nan"))
    print(f"{workload}  {threads} thread{'s' if threads > 1 else ''}  roofline {limit:.0f} us")
    for library, (median, quiet, all_) in sorted(medians.items(), key=lambda item: item[1]):
        rate = f"{flops / median * 1e-3:8.1f} GF/s" if flops else " " * 13
        ratios = f"{median / best:7.2f} x best peer {median / limit:7.2f} x roofline"
        print(f"  {library:22s}{median:12.1f} us {rate} {ratios}   quiet {quiet}/{all_}", flush=True)


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("workloads", nargs="*", help=f"default: all of {', '.join(WORKLOADS)}")
    a.add_argument(
        "--threads", type=int, action="append", help="may be given more than once; default 1 and 2"
    )
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--seconds", type=float, default=0.4, help="length of one sample")
    a.add_argument(
        "--wait", type=float, default=4, help="seconds to wait for a quiet machine before a sample"
    )
    a.add_argument(
        "--peers",
        type=lambda s: s.split(","),
        default=list(PEERS),
        help=f"a comma list of {', '.join(PEERS)}; those that aren't set up are skipped",
    )
    a.add_argument("--alone", action="store_true", help="peers only, without nnx")
    a.add_argument("--csv", help="a file that the samples are appended to")
    options = a.parse_args()
    options.threads = options.threads or [1, 2]
    return options


def main():
    options = arguments()
    os.makedirs(HOME, exist_ok=True)
    commands = {name: PEERS[name] for name in options.peers if os.path.exists(PEERS[name][0][0])}
    if not options.alone:
        commands["nnx"] = (ours(), ["nnx", "jit"])
    print("libraries:", ", ".join(commands), flush=True)
    peers = {
        (name, threads): Peer(name, command, threads)
        for name, (command, _) in commands.items()
        for threads in options.threads
    }
    samples = Samples(options.csv)
    for workload in options.workloads or WORKLOADS:
        for number in range(options.rounds):
            measure(workload, number, peers, commands, samples, options)
        for threads in options.threads:
            table(workload, threads, samples.of[workload, threads])
    for peer in peers.values():
        peer.process.stdin.close()
        peer.process.kill()


if __name__ == "__main__":
    main()
