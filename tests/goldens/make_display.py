"""display.txt: arrays, and how NumPy prints them."""

import decimal
import pathlib

import numpy as np


def arrays():
    rng = np.random.default_rng(3)
    for dtype in (np.float32, np.float64):
        for number in (0, -0.0, 1, 2.75, -1e-4, 9.99e-5, 1e-5, 3e-30, 1e15, 1e16, -3.332118e16, 1 / 3, np.nan, -np.inf):
            yield np.array(number, dtype)
        yield np.array([], dtype)
        yield np.zeros((2, 3), dtype)
        yield np.array([1, -0.25, 10, 0.5], dtype).reshape(2, 2)
        yield np.array([0.1, 0.2, 1 / 3, -2 / 3], dtype)
        yield np.array([np.nan, 1, -np.inf, np.inf], dtype)
        yield np.array([np.nan, -np.inf], dtype)
        yield np.array([np.nan, 1.5e10, -np.inf], dtype)
        yield np.array([1e-5, 1.0], dtype)
        yield np.array([1e-5, -1.25e-30, 0], dtype)
        yield np.array([999999, 1], dtype)
        yield np.array([1e6, 1000], dtype)
        yield np.array([1e8, 1e7], dtype)
        yield np.array([1, 1000], dtype)
        yield np.array([1, 1001], dtype)
        yield np.array([-0.0, 123.456, 1e-3], dtype)
        yield np.array([123456.789, 1000.5], dtype)
        for shape in [(4,), (30,), (3, 5), (2, 40), (2, 3, 4), (2, 2, 2, 3), (1001,), (40, 26), (11, 10, 10)]:
            yield rng.standard_normal(shape).astype(dtype)
            if np.prod(shape) < 1000:
                yield (rng.standard_normal(shape) * 1e3).astype(dtype)
        for scale in (1e-300 if dtype == np.float64 else 1e-30, 1e-3, 1e5, 1e20):
            yield (rng.standard_normal(7) * scale).astype(dtype)
            yield np.round(rng.standard_normal(7) * scale).astype(dtype)
    for dtype in (np.int32, np.uint8):
        yield np.arange(6, dtype=dtype).reshape(2, 3)
        yield rng.integers(0, 200, (3, 30)).astype(dtype)
        yield np.arange(1200, dtype=dtype).reshape(6, 200)
    yield np.array([-5, 100, 2**31 - 1], np.int32)
    yield np.array([[True, False], [False, False]])


def without_ties(x):
    """Numbers halfway between two shortest decimals are moved: NumPy rounds them to even, other printers may not."""
    x = x.copy()
    flat = x.reshape(-1)
    for i, number in enumerate(flat):
        if x.dtype.kind == "f" and np.isfinite(number):
            exact = decimal.Decimal(float(number)).normalize().as_tuple().digits
            shortest = decimal.Decimal(str(number)).normalize().as_tuple().digits
            if len(exact) == len(shortest) + 1 and exact[-1] == 5:
                flat[i] = np.nextafter(number, x.dtype.type(0))
    return x


def block(x, text):
    kind = {"float32": "f32", "float64": "f64", "int32": "i32", "uint8": "u8", "bool": "bool"}[x.dtype.name]
    sizes = " ".join(str(n) for n in x.shape) or "-"
    elements = x.astype(np.uint8) if kind == "bool" else x
    lines = [kind, sizes, elements.tobytes().hex() or "-"] + ["|" + line for line in text.splitlines()]
    return "\n".join(lines) + "\n\n"


def main():
    out = []
    for x in map(without_ties, arrays()):
        text = str(x)
        if x.dtype == bool:
            text = text.replace("True", "true").replace("False", "false")
        out.append(block(x, text))
        if x.dtype.kind == "f" and 0 < x.ndim and x.size < 20:
            fixed = np.array2string(x, precision=2, floatmode="fixed", suppress_small=True)
            out.append("fixed " + block(x, fixed))
    pathlib.Path(__file__).with_name("display.txt").write_text("".join(out))


main()
