# Makes models.safetensors: models of nnx-models as they are written in Flax NNX (SimpleCNN has a script of
# its own). Python 3.11; versions in README.md.

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from recorder import numbers
from flax_model import record, save

class SimpleLinear(nnx.Module):
    def __init__(self, in_features, out_features, rngs):
        self.linear = nnx.Linear(in_features, out_features, rngs=rngs)

    def __call__(self, x):
        return self.linear(x)


class Mlp(nnx.Module):
    def __init__(self, in_features, hidden, out_features, layers, rngs):
        widths = [in_features, *[hidden] * (layers - 1), out_features]
        pairs = zip(widths, widths[1:])
        self.layers = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in pairs])

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = nnx.relu(layer(x))
        return self.layers[-1](x)


class ResidualBlock(nnx.Module):
    def __init__(self, channels, rngs):
        self.conv1 = nnx.Conv(channels, channels, (3, 3), rngs=rngs)
        self.norm1 = nnx.BatchNorm(channels, rngs=rngs)
        self.conv2 = nnx.Conv(channels, channels, (3, 3), rngs=rngs)
        self.norm2 = nnx.BatchNorm(channels, rngs=rngs)

    def __call__(self, x):
        y = nnx.relu(self.norm1(self.conv1(x)))
        return nnx.relu(x + self.norm2(self.conv2(y)))


class SmallResNet(nnx.Module):
    def __init__(self, classes, rngs):
        self.conv = nnx.Conv(3, 64, (7, 7), strides=(2, 2), rngs=rngs)
        self.norm = nnx.BatchNorm(64, rngs=rngs)
        self.blocks = nnx.List([ResidualBlock(64, rngs=rngs) for _ in range(3)])
        self.head = nnx.Linear(64, classes, rngs=rngs)

    def __call__(self, x):
        x = nnx.relu(self.norm(self.conv(x)))
        x = nnx.max_pool(x, (3, 3), strides=(2, 2))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(axis=(1, 2)))


class SelfAttention(nnx.Module):
    def __init__(self, width, heads, rngs):
        self.heads = heads
        self.qkv = nnx.Linear(width, 3 * width, rngs=rngs)
        self.out = nnx.Linear(width, width, rngs=rngs)

    def __call__(self, x):
        batch, time, width = x.shape
        qkv = self.qkv(x).reshape(batch, time, 3, self.heads, width // self.heads)
        q, k, v = jnp.transpose(qkv, (2, 0, 3, 1, 4))
        scores = q @ jnp.swapaxes(k, -2, -1) / jnp.sqrt(width // self.heads)
        y = jax.nn.softmax(scores, axis=-1) @ v
        return self.out(jnp.transpose(y, (0, 2, 1, 3)).reshape(batch, time, width))


class TransformerBlock(nnx.Module):
    def __init__(self, width, heads, hidden, rngs):
        self.norm1 = nnx.LayerNorm(width, rngs=rngs)
        self.attention = SelfAttention(width, heads, rngs=rngs)
        self.norm2 = nnx.LayerNorm(width, rngs=rngs)
        self.linear1 = nnx.Linear(width, hidden, rngs=rngs)
        self.linear2 = nnx.Linear(hidden, width, rngs=rngs)

    def __call__(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.linear2(nnx.gelu(self.linear1(self.norm2(x))))


def batches(count, *shape):
    size = int(np.prod(shape))
    return [numbers(*shape, offset=i * size) for i in range(count)]


labels = jnp.array([3, 1, 4, 1], jnp.int32)
cross_entropy = optax.softmax_cross_entropy_with_integer_labels
rows = batches(1, 4, 784)
record("simple_linear", lambda rngs: SimpleLinear(784, 10, rngs), rows, labels, cross_entropy)
record("mlp", lambda rngs: Mlp(784, 256, 10, 3, rngs), rows, labels, cross_entropy)
# An odd height and an even width: `SAME` pads them differently.
images = batches(3, 4, 17, 20, 3)
record("small_resnet", lambda rngs: SmallResNet(10, rngs), images, labels, cross_entropy)
sequence, target = batches(2, 2, 7, 64)
record(
    "transformer_block",
    lambda rngs: TransformerBlock(64, 4, 128, rngs),
    [sequence],
    target,
    lambda output, target: jnp.square(output - target),
)

save(__file__)
