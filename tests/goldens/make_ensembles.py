# Makes ensembles.safetensors: models of Flax NNX whose constructor and call are vmapped over split streams, see
# recorder.py for what is kept of each. Python 3.11; versions in README.md.

from flax import nnx
from jax.nn import initializers
from recorder import Recorder, numbers

recorder = Recorder()


class Ensemble(nnx.Module):
    def __init__(self, size, make, rngs):
        create = nnx.split_rngs(splits=size)(nnx.vmap(make, in_axes=0, out_axes=0))
        self.members = create(rngs)

    def __call__(self, x):
        return nnx.vmap(lambda member, x: member(x), in_axes=(0, None), out_axes=0)(self.members, x)


class Dense(nnx.Module):
    def __init__(self, rngs):
        self.hidden = nnx.Linear(3, 5, rngs=rngs)
        self.norm = nnx.BatchNorm(5, use_fast_variance=False, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.head = nnx.Linear(5, 2, bias_init=initializers.normal(0.5), rngs=rngs)

    def __call__(self, x):
        return self.head(self.dropout(nnx.tanh(self.norm(self.hidden(x)))))


class Images(nnx.Module):
    def __init__(self, rngs):
        self.conv = nnx.Conv(2, 4, (3, 3), strides=2, rngs=rngs)
        self.norm = nnx.GroupNorm(4, num_groups=2, use_fast_variance=False, rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x):
        return self.head(nnx.relu(self.norm(self.conv(x))).mean((1, 2)))


class Sequences(nnx.Module):
    def __init__(self, rngs):
        self.norm = nnx.LayerNorm(8, use_fast_variance=False, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(
            num_heads=2, in_features=8, dropout_rate=0.25, decode=False, rngs=rngs
        )

    def __call__(self, x):
        return x + self.attention(self.norm(x))


for name, size, make, x in (
    ("dense", 4, Dense, numbers(6, 3)),
    ("images", 3, Images, numbers(2, 5, 7, 2)),
    ("sequences", 3, Sequences, numbers(2, 5, 8)),
):
    recorder.layer(name, lambda rngs: Ensemble(size, make, rngs), x)

recorder.save(__file__)
