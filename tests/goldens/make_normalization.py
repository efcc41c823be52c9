# Makes normalization.safetensors: normalizations of Flax NNX, see recorder.py for what is kept of each.
# Python 3.11; versions in README.md.

from flax import nnx
from jax.nn import initializers
from recorder import Recorder, numbers

recorder = Recorder()

# Flax's default for the variance, E[x^2] - E[x]^2, loses digits; nnx takes two passes, as here.
two_passes = dict(use_fast_variance=False)

# Scale and bias start away from 1 and 0, so that they show in the numbers.
started = dict(scale_init=initializers.uniform(2.0), bias_init=initializers.normal(0.5))

options = {
    "default": {},
    "started": started,
    "no scale": dict(use_scale=False, bias_init=started["bias_init"]),
    "no bias": dict(use_bias=False, scale_init=started["scale_init"]),
    "neither": dict(use_scale=False, use_bias=False),
    "epsilon": dict(started, epsilon=0.1),
}
for name, option in options.items():
    recorder.layer(
        f"layer norm {name}",
        lambda rngs: nnx.LayerNorm(5, rngs=rngs, **two_passes, **option),
        3 + 2 * numbers(2, 3, 5),
    )
    recorder.layer(
        f"batch norm {name}",
        lambda rngs: nnx.BatchNorm(4, rngs=rngs, **two_passes, **option),
        3 + 2 * numbers(6, 4),
    )
for shape in ((5,), (4, 5), (2, 3, 4, 5)):
    recorder.layer(
        f"layer norm rank={len(shape)}",
        lambda rngs: nnx.LayerNorm(5, rngs=rngs, **two_passes, **started),
        numbers(*shape),
    )
for shape in ((2, 3, 4), (2, 3, 2, 4), (2, 2, 3, 2, 4), (1, 4)):
    recorder.layer(
        f"batch norm shape={'x'.join(map(str, shape))}",
        lambda rngs: nnx.BatchNorm(4, rngs=rngs, **two_passes, **started),
        numbers(*shape),
    )
for momentum in (0.0, 0.5, 0.9, 1.0):
    recorder.layer(
        f"batch norm momentum={momentum}",
        lambda rngs: nnx.BatchNorm(4, momentum=momentum, rngs=rngs, **two_passes, **started),
        1 + numbers(6, 4),
    )
recorder.layer(
    "batch norm running average",
    lambda rngs: nnx.BatchNorm(4, rngs=rngs, **two_passes, **started),
    1 + numbers(6, 4),
    call=lambda layer, x: layer(x, use_running_average=True),
)

rms = {
    "default": {},
    "started": dict(scale_init=started["scale_init"]),
    "no scale": dict(use_scale=False),
    "epsilon": dict(epsilon=0.1),
}
for name, option in rms.items():
    for shape in ((5,), (2, 3, 5)):
        recorder.layer(
            f"rms norm {name} rank={len(shape)}",
            lambda rngs: nnx.RMSNorm(5, rngs=rngs, **option),
            numbers(*shape),
        )
recorder.save(__file__)
