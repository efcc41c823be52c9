# Makes integers.safetensors: arithmetic, bits, shifts and reductions of integers of JAX, which wrap.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 safetensors==0.8.0
#
# `<type>/a` and `<type>/b` (4, 6) are the operands, with the ends of the range and divisors of 0. `quotient` and `fmod`
# are `jax.lax.div` and `jax.lax.rem`, which round towards zero. JAX widens sums and products; here they have the type of
# the operands.

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pathlib import Path
from safetensors.numpy import save_file

jax.config.update("jax_enable_x64", True)
tensors = {}
for dtype in (jnp.int32, jnp.int64, jnp.uint32, jnp.uint8):
    info = jnp.iinfo(dtype)
    draw = np.random.default_rng(info.bits)
    wide = draw.integers(info.min, info.max, 12, dtype=np.dtype(dtype), endpoint=True)
    low = -9 if info.min < 0 else 0
    small = draw.integers(low, 12, 24)
    a = np.concatenate([[info.min, info.max, info.min, 0, 5, 7], wide, small[:6]]).astype(dtype).reshape(4, 6)
    b = np.concatenate([[low // 9, info.max, info.max, 0, 0, 2], small[6:], ]).astype(dtype).reshape(4, 6)
    shifts = np.array([0, 1, info.bits - 1, info.bits, 100, 3] * 4).astype(dtype).reshape(4, 6)
    if info.min < 0:
        shifts[3, 3] = -1
    a, b, shifts = map(jnp.asarray, (a, b, shifts))
    exponents = jnp.maximum(b, 0)
    kept = {
        "a": a, "b": b, "shifts": shifts, "exponents": exponents,
        "add": a + b, "subtract": a - b, "multiply": a * b, "quotient": lax.div(a, b), "fmod": lax.rem(a, b),
        "floor_divide": a // b, "remainder": a % b, "maximum": jnp.maximum(a, b), "minimum": jnp.minimum(a, b),
        "pow": jnp.power(a, exponents), "neg": -a, "abs": jnp.abs(a), "sign": jnp.sign(a), "not": ~a,
        "and": a & b, "or": a | b, "xor": a ^ b, "shift_left": a << shifts, "shift_right": a >> shifts,
    }
    for axis in (0, 1):
        kept |= {
            f"sum {axis}": jnp.sum(a, axis), f"prod {axis}": jnp.prod(b, axis), f"max {axis}": jnp.max(a, axis),
            f"min {axis}": jnp.min(a, axis), f"cumsum {axis}": jnp.cumsum(a, axis),
            f"cumprod {axis}": jnp.cumprod(b, axis), f"cummax {axis}": lax.cummax(a, axis),
            f"cummin {axis}": lax.cummin(a, axis),
        }
        kept = {name: array.astype(dtype) for name, array in kept.items()}
    for axis in (0, 1):
        kept |= {f"argmax {axis}": jnp.argmax(b, axis).astype(jnp.int32), f"argmin {axis}": jnp.argmin(b, axis).astype(jnp.int32)}
    name = {"int32": "i32", "int64": "i64", "uint32": "u32", "uint8": "u8"}[dtype.__name__]
    tensors |= {f"{name}/{key}": np.ascontiguousarray(array) for key, array in kept.items()}

floats = jnp.asarray([0.0, -1.7, 2.9, 3e9, -3e9, 1e30, -1e30, np.nan, np.inf], jnp.float64)
tensors["cast/f64"] = np.asarray(floats)
tensors["cast/i64"] = np.asarray(floats.astype(jnp.int64))
tensors["cast/i32"] = np.asarray(floats.astype(jnp.int32))
large = jnp.asarray([16777217, 2**60 + 1, -(2**53) - 1, 3], jnp.int64)
tensors["cast/large"] = np.asarray(large)
tensors["cast/large f32"] = np.asarray(large.astype(jnp.float32))
tensors["cast/large f64"] = np.asarray(large.astype(jnp.float64))
save_file(tensors, Path(__file__).resolve().parent / "integers.safetensors")
