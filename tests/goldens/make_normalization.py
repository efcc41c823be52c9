# Makes normalization.safetensors: normalizations of Flax NNX, see recorder.py for what is kept of each.
# Python 3.11; versions in README.md.

import jax
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

for name, option in options.items():
    recorder.layer(
        f"group norm {name}",
        lambda rngs: nnx.GroupNorm(6, num_groups=3, rngs=rngs, **two_passes, **option),
        3 + 2 * numbers(2, 4, 6),
    )
    recorder.layer(
        f"instance norm {name}",
        lambda rngs: nnx.InstanceNorm(3, rngs=rngs, **two_passes, **option),
        3 + 2 * numbers(2, 4, 3),
    )
for groups in (1, 2, 6):
    for shape in ((3, 6), (2, 3, 2, 6), (2, 2, 3, 2, 6)):
        recorder.layer(
            f"group norm groups={groups} rank={len(shape)}",
            lambda rngs: nnx.GroupNorm(6, num_groups=groups, rngs=rngs, **two_passes, **started),
            numbers(*shape),
        )
recorder.layer(
    "group norm of 32 groups",
    lambda rngs: nnx.GroupNorm(64, rngs=rngs, **two_passes),
    numbers(2, 3, 64),
)
for shape in ((2, 3, 4, 3), (2, 2, 3, 2, 3)):
    recorder.layer(
        f"instance norm rank={len(shape)}",
        lambda rngs: nnx.InstanceNorm(3, rngs=rngs, **two_passes, **started),
        numbers(*shape),
    )


def around_a_layer(name, make, x):
    """A layer that changes the kernel of another, which here is put back before each call: Flax
    leaves the changed one in its place. The gradient is the kernel's and the bias's."""
    wrapper = make(nnx.Rngs(0))
    wrapper.train()
    inner = wrapper.layer_instance
    kernel, bias = inner.kernel[...], inner.bias[...]
    graph, state = nnx.split(wrapper)

    def run(kernel, bias, x):
        wrapper = nnx.merge(graph, state, copy=True)
        wrapper.layer_instance.kernel[...] = kernel
        wrapper.layer_instance.bias[...] = bias
        return wrapper(x)

    cotangent = numbers(*run(kernel, bias, x).shape, offset=7919)
    loss = lambda *given: (run(*given) * cotangent).sum()
    gradients = jax.grad(loss, argnums=(0, 1, 2))(kernel, bias, x)
    recorder.keep(f"{name}/input/0", x)
    recorder.keep(f"{name}/output", run(kernel, bias, x))
    recorder.keep(f"{name}/cotangent", cotangent)
    for what, gradient in zip(("kernel", "bias", "input"), gradients):
        recorder.keep(f"{name}/gradient of {what}", gradient)
    for _ in range(3):
        wrapper(x)
        if isinstance(wrapper, nnx.SpectralNorm):
            wrapper.layer_instance.kernel[...] = kernel
    for path, stat in getattr(wrapper, "batch_stats", {}).items():
        recorder.keep(f"{name}/after/{path[-1]}", stat[...])
    wrapper.eval()
    recorder.keep(f"{name}/evaluation", wrapper(x))


linear = lambda rngs: nnx.Linear(3, 4, rngs=rngs)
conv = lambda rngs: nnx.Conv(2, 4, kernel_size=(3, 3), rngs=rngs)
for layer, make, x in (("linear", linear, numbers(5, 3)), ("conv", conv, numbers(2, 4, 4, 2))):
    for steps in (1, 3):
        around_a_layer(
            f"spectral norm {layer} steps={steps}",
            lambda rngs: nnx.SpectralNorm(make(rngs), n_steps=steps, rngs=rngs),
            x,
        )
    for scale in (True, False):
        around_a_layer(
            f"weight norm {layer} scale={scale}".lower(),
            lambda rngs: nnx.WeightNorm(make(rngs), use_scale=scale, rngs=rngs),
            x,
        )
recorder.save(__file__)
