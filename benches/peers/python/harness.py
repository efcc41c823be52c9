"""Shared harness of the Python peers; same command line and CSV as ../common.rs."""

import argparse, gc, os, sys, time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from roofline import CONVOLUTIONS, IMAGES, LAYERS, MODELS, OPERATIONS, SEQUENCES  # the sizes of the workloads


clock = time.perf_counter  # main() takes the processor's with --cpu


def time_it(secs, f):
    t0 = time.perf_counter()
    calls = 0
    while calls < 2 or time.perf_counter() - t0 < 0.2 * secs:
        f()
        calls += 1
    s = []
    t0 = time.perf_counter()
    while len(s) < 5 or time.perf_counter() - t0 < secs:
        t = clock()
        f()
        s.append((clock() - t) * 1e6)
    s.sort()
    return s[len(s) // 2], s[0], s[len(s) // 10], len(s)


def gemm_dims(w):
    return tuple(int(v) for v in w[5:].split("x")) if w.startswith("gemm_") else None


def conv_dims(w):
    """`conv_dx_..` and `conv_dk_..` are the gradients of `conv_..`: (which, sizes)."""
    if not w.startswith("conv_"):
        return None
    part, rest = w[5:].split("_", 1)
    if part not in ("dx", "dk"):
        part, rest = "y", w[5:]
    return (part, CONVOLUTIONS[rest]) if rest in CONVOLUTIONS else None


def layer_dims(w):
    """The layer's name and its sizes: `softmax_4096x512` is (softmax, (4096, 512))."""
    return name_and_sizes(w) if w in LAYERS else None


def operation_dims(w):
    """The same of an operation: `sum_64x128x128` is (sum, (64, 128, 128))."""
    return name_and_sizes(w) if w in OPERATIONS or w in SEQUENCES else None


def image_dims(w):
    """Whether gradients are wanted, and the same of a layer on images."""
    name = w.removeprefix("train_")
    return (name != w, *name_and_sizes(name)) if name in IMAGES else None


def name_and_sizes(w):
    name, sizes = w.rsplit("_", 1)
    return name, tuple(map(int, sizes.split("x")))


def conv_flops(d):
    n, h, w, ci, co, k, s = d
    return 2.0 * n * -(-h // s) * -(-w // s) * ci * co * k * k


def model_dims(w):
    p = w.split("_")
    if len(p) == 3 and p[0] in ("infer", "train", "decode"):
        return p[0], p[1], int(p[2][1:])


def model_flops(kind, model, b):
    return MODELS[model][0] * b * (3 if kind == "train" else 1)


_made = {}


def run(w, v, threads, secs, make):
    """Made jobs of the current workload are kept, so later rounds don't compile again."""
    try:
        if _made and next(iter(_made))[0] != w:
            _made.clear()
        if (w, v) not in _made:
            _made[(w, v)] = make(w, v, threads)
        r = _made[(w, v)]
        if r is None:
            print(f"{w},{v},{threads},-,unsupported", flush=True)
            return
        flops, f = r
        med, mn, p10, n = time_it(secs, f)
        g = f";gflops={flops / med * 1e-3:.2f}" if flops else ""
        print(f"{w},{v},{threads},{med:.3f},min={mn:.3f};p10={p10:.3f};n={n}{g}", flush=True)
    except Exception as e:
        print(
            f"{w},{v},{threads},-,error {type(e).__name__}: {str(e)[:150]!r}".replace("\n", " "),
            flush=True,
        )
    gc.collect()


def main(variants, make, setup=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--secs", type=float, default=1.0)
    ap.add_argument("--variant")
    ap.add_argument("--serve", action="store_true")
    ap.add_argument("--cpu", action="store_true", help="measure CPU time instead of wall-clock time")
    ap.add_argument("w", nargs="*")
    a = ap.parse_args()
    global clock
    clock = time.process_time if a.cpu else clock
    if setup:
        setup(a.threads)
    if a.serve:
        for l in sys.stdin:
            p = l.split()
            if len(p) < 3:
                break
            run(p[0], p[1], a.threads, float(p[2]), make)
        return
    for w in a.w:
        for v in variants:
            if not a.variant or a.variant == v:
                run(w, v, a.threads, a.secs, make)
