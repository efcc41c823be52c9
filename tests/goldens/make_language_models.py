# Makes language_models.safetensors: the language models of nnx-models as they are written in Flax NNX. Python
# 3.11; versions in README.md.

import jax.numpy as jnp
import optax
from flax import nnx
from flax.nnx import initializers
from flax_model import record, save

DEVIATION = 0.02


class GptBlock(nnx.Module):
    def __init__(self, width, heads, depth, rngs):
        normal = initializers.normal(DEVIATION)
        added = initializers.normal(DEVIATION / (2 * depth) ** 0.5)
        self.norm1 = nnx.LayerNorm(width, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(
            heads, width, kernel_init=normal, out_kernel_init=added, decode=False, rngs=rngs
        )
        self.norm2 = nnx.LayerNorm(width, rngs=rngs)
        self.expand = nnx.Linear(width, 4 * width, kernel_init=normal, rngs=rngs)
        self.contract = nnx.Linear(4 * width, width, kernel_init=added, rngs=rngs)
        self.dropout = nnx.Dropout(0.0, rngs=rngs)

    def __call__(self, x, mask):
        x = x + self.dropout(self.attention(self.norm1(x), mask=mask))
        y = self.contract(nnx.gelu(self.expand(self.norm2(x))))
        return x + self.dropout(y)


class Positions(nnx.Module):
    def __init__(self, context, width, rngs):
        self.embedding = nnx.Param(initializers.normal(DEVIATION)(rngs.params(), (context, width)))

    def __call__(self, x):
        return x + self.embedding[: x.shape[1]]


class Gpt(nnx.Module):
    def __init__(self, vocabulary, context, width, heads, depth, rngs):
        normal = initializers.normal(DEVIATION)
        self.tokens = nnx.Embed(vocabulary, width, embedding_init=normal, rngs=rngs)
        self.positions = Positions(context, width, rngs)
        self.dropout = nnx.Dropout(0.0, rngs=rngs)
        self.blocks = nnx.List([GptBlock(width, heads, depth, rngs) for _ in range(depth)])
        self.norm = nnx.LayerNorm(width, rngs=rngs)

    def __call__(self, tokens):
        mask = nnx.make_causal_mask(tokens)
        x = self.dropout(self.positions(self.tokens(tokens)))
        for block in self.blocks:
            x = block(x, mask)
        return self.tokens.attend(self.norm(x))


class LstmLanguageModel(nnx.Module):
    def __init__(self, vocabulary, width, hidden, layers, rngs):
        self.tokens = nnx.Embed(vocabulary, width, rngs=rngs)
        widths = [width, *[hidden] * (layers - 1)]
        cells = [nnx.OptimizedLSTMCell(width, hidden, rngs=rngs) for width in widths]
        self.first = nnx.RNN(cells[0])
        self.others = nnx.List([nnx.RNN(cell) for cell in cells[1:]])
        self.head = nnx.Linear(hidden, vocabulary, rngs=rngs)

    def __call__(self, tokens):
        x = self.first(self.tokens(tokens))
        for layer in self.others:
            x = layer(x)
        return self.head(x)


text = (jnp.arange(3 * 10) ** 2 % 17).reshape(3, 10).astype(jnp.int32)
tokens, following = text[:, :-1], text[:, 1:]
cross_entropy = optax.softmax_cross_entropy_with_integer_labels
record("gpt", lambda rngs: Gpt(17, 12, 24, 4, 2, rngs), [tokens], following, cross_entropy)
record(
    "lstm_language_model",
    lambda rngs: LstmLanguageModel(17, 8, 12, 2, rngs),
    [tokens],
    following,
    cross_entropy,
)
save(__file__)
