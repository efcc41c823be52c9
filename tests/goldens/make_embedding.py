# Makes embedding.safetensors: embeddings, positions, linear layers over several axes and adaptations of
# Flax NNX, see recorder.py for what is kept of each. Python 3.11; versions in README.md.

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.nn import initializers
from recorder import Recorder, numbers

recorder = Recorder()

# Embeddings: repeated indices, the first and the last among them.
indices = jnp.asarray([6, 0, 3, 3, 5, 0, 1, 6, 2, 4, 4, 4], jnp.int32)
for shape in ((), (5,), (2, 3), (2, 3, 2), (2, 1, 3, 2)):
    recorder.layer(
        f"embed rank={len(shape)}",
        lambda rngs: nnx.Embed(7, 4, rngs=rngs),
        indices[: int(np.prod(shape))].reshape(shape),
    )
recorder.layer(
    "embed uniform",
    lambda rngs: nnx.Embed(7, 4, embedding_init=initializers.uniform(0.3), rngs=rngs),
    indices,
)
for shape in ((4,), (3, 4), (2, 3, 4)):
    recorder.layer(
        f"attend rank={len(shape)}",
        lambda rngs: nnx.Embed(7, 4, rngs=rngs),
        numbers(*shape),
        call=lambda layer, x: layer.attend(x),
    )


class Tied(nnx.Module):
    """One table at both ends: its gradient is the sum."""

    def __init__(self, rngs):
        self.embed = nnx.Embed(7, 4, rngs=rngs)

    def __call__(self, indices):
        return self.embed.attend(jnp.tanh(self.embed(indices)))


recorder.layer("tied", lambda rngs: Tied(rngs), indices.reshape(3, 4))


class LearnedPositions(nnx.Module):
    def __init__(self, rngs):
        self.table = nnx.Embed(9, 4, rngs=rngs)

    def __call__(self, x):
        return x + self.table(jnp.arange(x.shape[-2]))


for shape in ((6, 4), (2, 9, 4), (2, 2, 3, 4)):
    recorder.layer(
        f"learned positions rank={len(shape)}", lambda rngs: LearnedPositions(rngs), numbers(*shape)
    )

# Position embeddings that Flax doesn't have: reference implementations as loops in f64.


def reference(name, x, output, gradient):
    cotangent = np.asarray(numbers(*x.shape, offset=7919), np.float64)
    for what, array in {
        "input/0": x,
        "cotangent": cotangent,
        "output": output(np.asarray(x, np.float64)),
        "input gradient/0": gradient(cotangent),
        "evaluation": output(np.asarray(x, np.float64)),
    }.items():
        recorder.keep(f"{name}/{what}", np.asarray(array, np.float32))


def sinusoidal(x):
    y, (time, features) = x.copy(), x.shape[-2:]
    for t in range(time):
        for i in range(features):
            angle = t / 10000 ** ((i - i % 2) / features)
            y[..., t, i] += np.cos(angle) if i % 2 else np.sin(angle)
    return y


for shape in ((5, 4), (2, 6, 5), (2, 2, 3, 8)):
    reference(f"sinusoidal rank={len(shape)}", numbers(*shape), sinusoidal, lambda g: g)


def rotary(x, interleaved, base, start, turn):
    """x is (batch, time, heads, features); turn is 1, or -1 for the way back."""
    y, features = x.copy(), x.shape[-1]
    for t in range(x.shape[1]):
        for i in range(features // 2):
            a, b = (2 * i, 2 * i + 1) if interleaved else (i, i + features // 2)
            angle = turn * (start + t) / base ** (2 * i / features)
            cos, sin = np.cos(angle), np.sin(angle)
            y[:, t, :, a] = x[:, t, :, a] * cos - x[:, t, :, b] * sin
            y[:, t, :, b] = x[:, t, :, a] * sin + x[:, t, :, b] * cos
    return y


for interleaved in (False, True):
    for base, start in ((10000, 0), (500, 0), (10000, 37)):
        options = (interleaved, base, start)
        reference(
            f"rotary interleaved={interleaved} base={base} start={start}".lower(),
            numbers(2, 5, 3, 6),
            lambda x: rotary(x, *options, 1),
            lambda g: rotary(g, *options, -1),
        )

# Linear layers over several axes.
started = dict(bias_init=initializers.normal(0.5))
for into, out, axis, shape in (
    (6, 4, -1, (2, 6)),
    (6, (2, 3), -1, (2, 4, 6)),
    ((2, 3), 4, (-2, -1), (5, 2, 3)),
    ((2, 3), (4, 2), (-2, -1), (2, 5, 2, 3)),
    ((2, 3, 2), (2, 2, 3), (-3, -2, -1), (2, 2, 3, 2)),
):
    for bias in (True, False):
        sizes = f"{into}->{out}".replace(" ", "")
        recorder.layer(
            f"linear general {sizes} bias={bias}".lower(),
            lambda rngs: nnx.LinearGeneral(
                into, out, axis=axis, use_bias=bias, rngs=rngs, **started
            ),
            numbers(*shape),
        )

for name, equation, shape, kernel, bias in (
    ("project", "bti,io->bto", (2, 3, 4), (4, 5), (5,)),
    ("heads", "bti,ihd->bhtd", (2, 3, 4), (4, 2, 3), (2, 3)),
    ("join", "bthd,hdo->bto", (2, 3, 2, 3), (2, 3, 4), (4,)),
    ("experts", "xbi,xio->xbo", (2, 3, 4), (2, 4, 5), (2, 5)),
    ("each head", "bthi,hio->btho", (2, 3, 2, 4), (2, 4, 3), (2, 3)),
    ("scale", "btd,d->btd", (2, 3, 4), (4,), (4,)),
    ("outer", "b,o->bo", (3,), (4,), (4,)),
    ("swap", "bti,oi->bot", (2, 3, 4), (5, 4), (5,)),
    ("sums", "btis,iok->bo", (2, 2, 3, 2), (3, 4, 2), (4,)),
):
    # A kernel of one axis has no fan in: lecun_normal doesn't know it.
    start = dict(started, kernel_init=initializers.normal(0.7)) if len(kernel) == 1 else started
    for biased in (True, False):
        recorder.layer(
            f"einsum {name} bias={biased}".lower(),
            lambda rngs: nnx.Einsum(equation, kernel, bias if biased else None, rngs=rngs, **start),
            numbers(*shape),
        )

# Adaptations; b starts away from zero in some, so that A has a gradient.
for b in (False, True):
    start = dict(b_initializer=initializers.normal(0.5)) if b else {}
    for shape in ((3,), (2, 4, 3)):
        recorder.layer(
            f"lora b={b} rank={len(shape)}".lower(),
            lambda rngs: nnx.LoRA(3, 2, 5, rngs=rngs, **start),
            numbers(*shape),
        )
for bias in (True, False):
    recorder.layer(
        f"lora linear bias={bias}".lower(),
        lambda rngs: nnx.LoRALinear(3, 5, lora_rank=2, use_bias=bias, rngs=rngs),
        numbers(2, 3),
    )
recorder.save(__file__)
