# Makes variants.safetensors: resizing of JAX, and Flax NNX's linear layers with batch axes, normalizations with masks and
# other axes, windows of attention, and activations over other axes, see recorder.py for what is kept of each.
# Python 3.11; versions in README.md.

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.nn import initializers
from recorder import Recorder, numbers

recorder = Recorder()


class Function(nnx.Module):
    def __init__(self, function):
        self.function = function

    def __call__(self, *x):
        return self.function(*x)


def function(name, function, *inputs):
    recorder.layer(name, lambda rngs: Function(function), *inputs)


for method in "linear", "cubic", "lanczos3", "lanczos5":
    for antialias in True, False:
        for shape, sizes in (
            ((2, 7, 2), (12,)),
            ((2, 7, 2), (3,)),
            ((1, 5, 8, 2), (9, 5)),
            ((1, 5, 8, 2), (2, 8)),
            ((1, 3, 4, 5, 1), (5, 2, 7)),
        ):
            name = "x".join(map(str, sizes))
            function(
                f"resize {method} antialias={antialias} {name}".lower(),
                lambda x: jax.image.resize(
                    x, (shape[0], *sizes, shape[-1]), method, antialias=antialias
                ),
                numbers(*shape),
            )

started = dict(bias_init=initializers.normal(0.5))
for bias in True, False:
    for into, out, axis, shape in (
        (3, 5, -1, (2, 4, 3)),
        ((3, 2), 4, (-2, -1), (2, 4, 3, 2)),
        (3, (2, 4), -1, (2, 2, 4, 3)),
    ):
        sizes = f"{into}->{out}".replace(" ", "")
        recorder.layer(
            f"batched linear {sizes} bias={bias}".lower(),
            lambda rngs: nnx.LinearGeneral(
                into, out, axis=axis, batch_axis={0: 2}, use_bias=bias, rngs=rngs, **started
            ),
            numbers(*shape),
        )

# Scales and biases away from 1 and 0.
affine = dict(
    scale_init=initializers.uniform(2.0), bias_init=initializers.normal(0.5), use_fast_variance=False
)
mask = jnp.asarray(np.array([[1, 1, 1, 0], [1, 0, 1, 1]], bool).reshape(2, 4, 1))
each = jnp.asarray(np.arange(2 * 4 * 6).reshape(2, 4, 6) % 5 != 2)
x = numbers(2, 4, 6)


def masked(layer, x):
    return layer(x, mask=mask)


def masked_each(layer, x):
    return layer(x, mask=each)


recorder.layer(
    "layer norm mask", lambda rngs: nnx.LayerNorm(6, rngs=rngs, **affine), x, call=masked_each
)
rms = dict(scale_init=affine["scale_init"], use_fast_variance=False)
recorder.layer(
    "rms norm mask", lambda rngs: nnx.RMSNorm(6, rngs=rngs, **rms), x, call=masked_each
)
over = dict(reduction_axes=(1, 2), feature_axes=-1)
recorder.layer("layer norm over", lambda rngs: nnx.LayerNorm(6, rngs=rngs, **over, **affine), x)
recorder.layer("rms norm over", lambda rngs: nnx.RMSNorm(6, rngs=rngs, **over, **rms), x)
recorder.layer(
    "layer norm over mask",
    lambda rngs: nnx.LayerNorm(6, rngs=rngs, **over, **affine),
    x,
    call=masked,
)
recorder.layer(
    "rms norm over mask", lambda rngs: nnx.RMSNorm(6, rngs=rngs, **over, **rms), x, call=masked
)
recorder.layer(
    "group norm mask", lambda rngs: nnx.GroupNorm(6, 2, rngs=rngs, **affine), x, call=masked_each
)
recorder.layer(
    "instance norm mask", lambda rngs: nnx.InstanceNorm(6, rngs=rngs, **affine), x, call=masked
)
recorder.layer(
    "batch norm mask", lambda rngs: nnx.BatchNorm(6, rngs=rngs, **affine), x, call=masked
)

q, k, v = (numbers(2, 6, 4, 3, offset=i * 144) for i in range(3))
for left, right in (2, 0), (1, 1), (0, 3):
    function(
        f"window {left} {right}",
        lambda q, k, v: jax.nn.dot_product_attention(q, k, v, local_window_size=(left, right)),
        q, k, v,
    )

function("glu axis 1", lambda x: nnx.glu(x, axis=1), x)
function("standardize axis 1", lambda x: nnx.standardize(x, axis=1), x)
function("standardize axes 0 2", lambda x: nnx.standardize(x, axis=(0, 2)), x)
recorder.save(__file__)
