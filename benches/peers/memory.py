#!/usr/bin/env python3
"""Peak memory of training steps: nnx, eager and recorded, beside PyTorch and other libraries.

From the project's root:  benches/peers/memory.py [options] [WORKLOAD ...]
Each library runs each workload in a process of its own, which ends after some steps; the table has the most memory that the
process had at one time (its resident set, in MB), and in parentheses that without what a process of the library takes
before any workload. The ratio is of whole processes, nnx recorded to the peer.
"""

import argparse, os, subprocess, sys
import run

WORKLOADS = """train_mlp_b128 train_mlp_b512 train_cnn_b128 train_cnn_b256 train_cnn_b1024 train_resnet32_b32 train_tb_b8
    train_gpt10m_b1 train_gpt10m_b8""".split()


def peak(command, threads, request):
    """The peak of a process that answers one request, in MB; None if it can't."""
    environment = run.environment(threads)
    process = subprocess.Popen(
        command + ["--threads", str(threads), "--serve"],
        env=environment,
        cwd=run.PYTHON,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    process.stdin.write(request or "none none 0\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    # Not `ru_maxrss`, which isn't below the size of the process that starts another one.
    status = open(f"/proc/{process.pid}/status").read() if process.poll() is None else ""
    peak = [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    process.stdin.close()
    process.wait()
    refused = request and answer.split(",")[3:4] in ([], ["-"])
    return None if refused or not peak else peak[0]


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("workloads", nargs="*", default=WORKLOADS)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--seconds", type=float, default=1, help="how long a process repeats its step")
    a.add_argument("--peers", type=lambda s: s.split(","), default=["torch"])
    options = a.parse_args()

    missing = [name for name in options.peers if not os.path.exists(run.PEERS[name][0][0])]
    if missing:
        sys.exit(f"not set up: {', '.join(missing)}; benches/peers/setup.sh {' '.join(missing)}")
    commands = {f"{name}.{run.PEERS[name][1][0]}": run.PEERS[name][0] for name in options.peers}
    commands |= {"nnx.nnx": run.ours(), "nnx.jit": run.ours()}
    empty = {library: peak(command, options.threads, "") for library, command in commands.items()}
    print(f"{'workload':22s}" + "".join(f"{library:>20s}" for library in commands) + "   jit / best")
    for workload in options.workloads:
        found = {}
        for library, command in commands.items():
            request = f"{workload} {library.split('.')[1]} {options.seconds}\n"
            found[library] = peak(command, options.threads, request)
        cell = lambda l: "-" if found[l] is None else f"{found[l]:.0f} ({found[l] - empty[l]:.0f})"
        theirs = [mb for library, mb in found.items() if mb and not library.startswith("nnx")]
        ratio = f"{found['nnx.jit'] / min(theirs):10.2f}" if theirs and found["nnx.jit"] else ""
        print(f"{workload:22s}" + "".join(f"{cell(library):>20s}" for library in commands) + "   " + ratio, flush=True)


if __name__ == "__main__":
    main()
