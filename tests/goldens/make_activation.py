# Makes activation.safetensors: activations with options, and dropout, of Flax NNX, see recorder.py for
# what is kept of each. Python 3.11; versions in README.md. Activations without options: make_ops.py.

import jax.numpy as jnp
from flax import nnx
from recorder import Recorder, numbers

recorder = Recorder()


class Function(nnx.Module):
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


# The kink among them.
x = jnp.concatenate([3 * numbers(11), jnp.zeros(1)]).reshape(3, 4)
for alpha in (0.5, 1.0, 2.0):
    recorder.layer(f"elu alpha={alpha}", lambda rngs: Function(lambda x: nnx.elu(x, alpha)), x)
    recorder.layer(f"celu alpha={alpha}", lambda rngs: Function(lambda x: nnx.celu(x, alpha)), x)
for slope in (0.0, 0.2, 1.5):
    recorder.layer(
        f"leaky_relu slope={slope}", lambda rngs: Function(lambda x: nnx.leaky_relu(x, slope)), x
    )
    recorder.layer(f"prelu slope={slope}", lambda rngs: nnx.PReLU(slope), x)
recorder.layer("prelu", lambda rngs: nnx.PReLU(), x)
for shape in ((6,), (2, 8), (2, 3, 4)):
    recorder.layer(f"glu rank={len(shape)}", lambda rngs: Function(nnx.glu), 3 * numbers(*shape))

for rate in (0.0, 0.1, 0.5, 0.9, 1.0):
    recorder.layer(
        f"dropout rate={rate}", lambda rngs: nnx.Dropout(rate, rngs=rngs), numbers(4, 3, 5)
    )
for axes in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)):
    recorder.layer(
        f"dropout shared={''.join(map(str, axes))}",
        lambda rngs: nnx.Dropout(0.4, broadcast_dims=axes, rngs=rngs),
        numbers(4, 3, 5),
    )
recorder.save(__file__)
