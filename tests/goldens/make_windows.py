# Makes windows.safetensors: nnx.Conv and nnx.ConvTranspose in one, two and three dimensions over their
# options, see recorder.py for what is kept of each. The mask of a case is `<case>/mask`.
# Python 3.11; versions in README.md.

import jax.numpy as jnp
from flax import nnx

from recorder import Recorder, numbers

recorder = Recorder()
SHAPES = {1: (2, 7, 2), 2: (1, 5, 4, 2), 3: (1, 3, 5, 3, 2)}
# Smaller ones, since they grow.
TO_GROW = {1: (2, 7, 2), 2: (1, 4, 3, 2), 3: (1, 2, 3, 3, 2)}
KERNELS = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}
PAIRS = [(2, 1), (0, 3), (1, 2)]
STEPS = (2, 1, 2)


def of_rank(value, rank):
    """One number for all axes, or the first of a tuple."""
    return value[:rank] if isinstance(value, tuple) else value


def padding_of(padding, rank):
    # JAX takes padding by a name for inputs that aren't dilated only: none is VALID.
    pairs = {"explicit": PAIRS[:rank], "none": [(0, 0)] * rank}
    return pairs.get(padding, padding.upper())


def convolution(layer, rank, padding, shape=None, kernel=None, mask=False, **options):
    """One layer of Flax under one setting; the name says what isn't the default."""
    told = {key: "mixed" if isinstance(value, tuple) else value for key, value in options.items()}
    words = [f"{key}={value}" for key, value in told.items()] + ["mask"] * mask
    name = " ".join(["conv" if layer is nnx.Conv else "conv_transpose", f"{rank}d", padding, *words])
    if kernel:
        name += f" kernel={'x'.join(map(str, kernel))}"
    kernel = kernel or KERNELS[rank]
    shapes = SHAPES if layer is nnx.Conv else TO_GROW
    x = numbers(*(shape or shapes[rank]))
    options = {key: of_rank(value, rank) for key, value in options.items()}
    make = lambda **more: lambda rngs: layer(
        2, 4, kernel, padding=padding_of(padding, rank), rngs=rngs, **options, **more
    )
    more = {}
    if mask:
        weights = make()(nnx.Rngs(0)).kernel
        more["mask"] = (numbers(*weights.shape, offset=31) > -0.3).astype(jnp.float32)
        recorder.keep(f"{name}/mask", more["mask"])
    recorder.layer(name, make(**more), x)


for rank in 1, 2, 3:
    conv = lambda padding, **options: convolution(nnx.Conv, rank, padding, **options)
    for padding in "same", "valid", "circular", "reflect", "explicit":
        conv(padding)
        conv(padding, strides=2, kernel_dilation=2, use_bias=False)
    conv("same", strides=STEPS)
    conv("same", feature_group_count=2, mask=True)
    conv("circular", kernel_dilation=STEPS, feature_group_count=2)
    conv("reflect", strides=STEPS, mask=True)
    conv("none", input_dilation=STEPS)
    conv("explicit", input_dilation=2, strides=STEPS, feature_group_count=2, mask=True, use_bias=False)
    transpose = lambda padding, **options: convolution(nnx.ConvTranspose, rank, padding, **options)
    for padding in "same", "valid", "circular", "explicit":
        transpose(padding)
        transpose(padding, strides=2, transpose_kernel=True, mask=True)
        transpose(padding, strides=STEPS, kernel_dilation=2, use_bias=False)
    # Steps longer than the kernel.
    transpose("same", strides=3, kernel=(1, 2, 2)[:rank])
    transpose("valid", strides=3, kernel=(2, 1, 2)[:rank])

for options in {}, {"kernel_dilation": 2}, {"strides": 2}, {"kernel_dilation": 3, "feature_group_count": 2, "mask": True}:
    convolution(nnx.Conv, 1, "causal", **options)
# The padding is longer than the axis, and the axis a single element.
for padding in "circular", "reflect":
    convolution(nnx.Conv, 2, padding, shape=(1, 3, 1, 2), kernel=(8, 4))
for stride in 1, 2:
    convolution(nnx.ConvTranspose, 1, "circular", shape=(2, 3, 2), kernel=(8,), strides=stride)
    convolution(
        nnx.ConvTranspose, 1, "circular", shape=(2, 3, 2), kernel=(8,), strides=stride,
        transpose_kernel=True,
    )

recorder.save(__file__)
