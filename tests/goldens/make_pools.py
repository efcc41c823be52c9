# Makes pools.safetensors: pools of Flax NNX in one, two and three dimensions, global and adaptive
# pools, and upsampling, as layers without variables, see recorder.py for what is kept of each.
# Python 3.11; versions in README.md.

import jax
import jax.numpy as jnp
from flax import nnx

from recorder import Recorder, numbers

recorder = Recorder()
SHAPES = {1: (2, 9, 2), 2: (2, 5, 4, 2), 3: (1, 4, 5, 3, 2)}
WINDOWS = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}


class Function(nnx.Module):
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


def function(name, shape, function):
    recorder.layer(name, lambda rngs: Function(function), numbers(*shape))


POOLS = {
    "max": nnx.max_pool,
    "min": nnx.min_pool,
    "avg": nnx.avg_pool,
    "avg without padding": lambda *a, **k: nnx.avg_pool(*a, count_include_pad=False, **k),
}

for rank in 1, 2, 3:
    window = WINDOWS[rank]
    for kind, pool in POOLS.items():
        for padding in "same", "valid", "explicit":
            if kind == "avg without padding" and padding == "valid":
                continue
            for strides in 1, 2:
                # Narrow enough that no window lies in the padding alone.
                pads = [(1, 0), (0, 1), (1, 1)][:rank] if padding == "explicit" else padding.upper()
                function(
                    f"pool {kind} {rank}d {padding} strides={strides}",
                    SHAPES[rank],
                    lambda x: pool(x, window, strides=(strides,) * rank, padding=pads),
                )
    axes = tuple(range(1, rank + 1))
    function(f"global avg {rank}d", SHAPES[rank], lambda x: x.mean(axes))
    function(f"global max {rank}d", SHAPES[rank], lambda x: x.max(axes))


def adaptive(x, sizes, reduce):
    """PyTorch's definition: window i is floor(i n / out) .. ceil((i + 1) n / out)."""
    for axis, out in enumerate(sizes, 1):
        n = x.shape[axis]
        spans = [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)]
        x = jnp.stack([reduce(x.take(jnp.arange(*span), axis), axis) for span in spans], axis)
    return x


for sizes in (4,), (12,), (3, 4), (1, 6), (7, 2), (3, 2, 3):
    shape = SHAPES[len(sizes)]
    name = "x".join(map(str, sizes))
    function(f"adaptive avg {name}", shape, lambda x: adaptive(x, sizes, jnp.mean))
    function(f"adaptive max {name}", shape, lambda x: adaptive(x, sizes, jnp.max))

for factors in (3,), (2, 2), (1, 3), (2, 1, 2):
    shape = SHAPES[len(factors)]
    sizes = (shape[0], *(n * f for n, f in zip(shape[1:], factors)), shape[-1])
    name = "x".join(map(str, factors))
    function(f"upsample {name}", shape, lambda x: jax.image.resize(x, sizes, "nearest"))

recorder.save(__file__)
