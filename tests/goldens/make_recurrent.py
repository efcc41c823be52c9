# Makes recurrent.safetensors: recurrent layers of Flax NNX, see recorder.py for what is kept of each case.
# Python 3.11; versions in README.md.

import jax
import jax.numpy as jnp
from flax import nnx
from recorder import Recorder, numbers

recorder = Recorder()
init = nnx.initializers
B, T, I, H = 3, 5, 3, 4
CELLS = {
    "lstm": nnx.LSTMCell,
    "optimized": nnx.OptimizedLSTMCell,
    "gru": nnx.GRUCell,
    "simple": nnx.SimpleCell,
}
x = numbers(B, T, I)
lengths = jnp.array([5, 2, 3])


def carry_of(name, offset=400):
    parts = numbers(B, H, offset=offset), numbers(B, H, offset=offset + 100)
    return parts if name in ("lstm", "optimized") else parts[0]


def together(carry, y):
    """The output, and behind it the parts of the carry, as one array: both have gradients then."""
    parts = [part[:, None] for part in jax.tree.leaves(carry)]
    return jnp.concatenate([y, *parts], axis=1)


def rnn(cell, **options):
    """Without the random stream that Flax keeps for a carry that may be random."""
    layer = nnx.RNN(cell, **options)
    layer.rngs = nnx.data(None)
    return layer


def run(layer, x, **options):
    return layer(x, rngs=nnx.Rngs(0), **options)


for name, make in CELLS.items():
    def one_step(layer, x, *carry):
        carry, y = layer(carry if len(carry) > 1 else carry[0], x)
        return together(carry, y[:, None])

    first = carry_of(name)
    recorder.layer(f"{name} step", lambda rngs: make(I, H, rngs=rngs), numbers(B, I), *jax.tree.leaves(first), call=one_step)
    for reverse, keep in ((False, False), (True, False), (True, True)):
        case = f"{name} reverse={reverse} keep={keep}".lower()
        layer = lambda rngs: rnn(make(I, H, rngs=rngs), reverse=reverse, keep_order=keep)
        recorder.layer(case, layer, x, call=run)
        recorder.layer(
            f"{case} lengths", layer, x,
            call=lambda layer, x: together(*run(layer, x, seq_lengths=lengths, return_carry=True)),
        )
    recorder.layer(
        f"{name} carry", lambda rngs: rnn(make(I, H, rngs=rngs)), x, *jax.tree.leaves(first),
        call=lambda layer, x, *carry: together(*run(
            layer, x, initial_carry=carry if len(carry) > 1 else carry[0], return_carry=True)),
    )
    options = dict(kernel_init=init.he_normal(), recurrent_kernel_init=init.normal(0.3),
                   bias_init=init.normal(0.5), activation_fn=nnx.relu)
    if name != "simple":
        options |= dict(gate_fn=nnx.hard_sigmoid if name == "gru" else nnx.tanh)
    recorder.layer(f"{name} options", lambda rngs: rnn(make(I, H, **options, rngs=rngs)), x, call=run)

recorder.layer("simple residual", lambda rngs: rnn(nnx.SimpleCell(I, H, residual=True, rngs=rngs)), x, call=run)


def both(rngs):
    layer = nnx.Bidirectional(rnn(nnx.LSTMCell(I, H, rngs=rngs)), rnn(nnx.GRUCell(I, 2, rngs=rngs)))
    layer.rngs = nnx.data(None)
    return layer


recorder.layer("bidirectional", both, x, call=run)
recorder.layer("bidirectional lengths", both, x, call=lambda layer, x: run(layer, x, seq_lengths=lengths))

for name, make in CELLS.items():
    cell = make(I, H, rngs=nnx.Rngs(0))
    carry = cell.initialize_carry((B, I), nnx.Rngs(carry=7), init.normal(1.0))
    for i, part in enumerate(jax.tree.leaves(carry)):
        recorder.keep(f"{name} start/{i}", part)
recorder.save(__file__)
