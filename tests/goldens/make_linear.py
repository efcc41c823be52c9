# Makes linear.safetensors: linear layers of Flax NNX and a chain, see recorder.py for what is kept of each.
# Python 3.11; versions in README.md.

from flax import nnx
from recorder import Recorder, numbers

recorder = Recorder()

for bias in (True, False):
    for shape in ((3,), (2, 3), (2, 4, 3)):
        recorder.layer(
            f"linear bias={bias} rank={len(shape)}".lower(),
            lambda rngs: nnx.Linear(3, 5, use_bias=bias, rngs=rngs),
            numbers(*shape),
        )
recorder.layer(
    "sequential",
    lambda rngs: nnx.Sequential(
        nnx.Linear(3, 5, rngs=rngs),
        nnx.relu,
        nnx.BatchNorm(5, use_fast_variance=False, rngs=rngs),
        nnx.Dropout(0.5, rngs=rngs),
        nnx.Linear(5, 2, rngs=rngs),
    ),
    numbers(6, 3),
)
recorder.save(__file__)
