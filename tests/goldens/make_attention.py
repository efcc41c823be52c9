# Makes attention.safetensors: attention of Flax NNX, see recorder.py for what is kept of each case.
# Python 3.11; versions in README.md.

import jax
import jax.numpy as jnp
from flax import nnx
from recorder import Recorder, numbers

recorder = Recorder()
init = nnx.initializers


class Nothing(nnx.Module):
    """A layer without variables, for functions."""

    def __init__(self, rngs):
        pass


def function(name, call, *inputs):
    recorder.layer(name, Nothing, *inputs, call=lambda _, *inputs: call(*inputs))


def mask(*shape):
    """True in most places, and for each query at its first key."""
    open_ = numbers(*shape, offset=331) > -0.5
    return open_.at[..., 0].set(True)


B, T, S, H, D = 2, 3, 5, 4, 6
query = numbers(B, T, H, D)


def keys(heads, time=S, size=D, offset=1000):
    return numbers(B, time, heads, size, offset=offset)


attention = nnx.dot_product_attention
for heads in (4, 2, 1):
    inputs = query, keys(heads), keys(heads, size=7, offset=2000)
    # Flax's own path takes values of any size where there is dropout, JAX's doesn't.
    same = query, keys(heads), keys(heads, offset=2000)
    function(f"product key_heads={heads}", attention, *same)
    function(f"product key_heads={heads} causal", lambda q, k, v: attention(q, k, v, is_causal=True), *same)
    function(f"product key_heads={heads} mask", lambda q, k, v, m: attention(q, k, v, mask=m), *same, mask(B, 1, T, S))
    function(f"product key_heads={heads} mask of heads", lambda q, k, v, m: attention(q, k, v, mask=m), *same, mask(B, H, T, S))
    function(f"product key_heads={heads} bias", lambda q, k, v, b: attention(q, k, v, bias=b), *same, numbers(B, H, T, S, offset=3000))
    for each in (False, True):
        function(
            f"product key_heads={heads} dropout each={each}".lower(),
            lambda q, k, v: attention(
                q, k, v, dropout_rate=0.4, dropout_rng=jax.random.key(3), broadcast_dropout=not each
            ),
            *inputs,
        )
function("product bias and mask", lambda q, k, v, b, m: attention(q, k, v, bias=b, mask=m),
         *same, numbers(B, H, T, S, offset=3000), mask(B, H, T, S))

x = numbers(B, T, 8)


def layer(name, *inputs, call=None, **options):
    recorder.layer(
        name,
        lambda rngs: nnx.MultiHeadAttention(4, 8, decode=False, **options, rngs=rngs),
        *(inputs or (x,)),
        call=call,
    )


for bias in (True, False):
    for key_heads in (4, 2, 1):
        layer(f"self bias={bias} key_heads={key_heads}".lower(), use_bias=bias, num_kv_heads=key_heads)
layer("self widths", qkv_features=12, out_features=5)
layer("self initializers", kernel_init=init.he_normal(), out_kernel_init=init.normal(0.1),
      bias_init=init.normal(0.5), out_bias_init=init.uniform(1.0))
layer("self one initializer", kernel_init=init.he_normal(), bias_init=init.normal(0.5))
# Heads of 6: over two features the variance can be tiny, and Flax's E[x²] − E[x]² loses its digits.
layer("self normalize", normalize_qk=True, qkv_features=24)
layer("self normalize key_heads=2", normalize_qk=True, qkv_features=24, num_kv_heads=2, use_bias=False)
layer("self causal", call=lambda layer, x: layer(x, is_causal=True))
layer("self mask", x, mask(B, 1, T, T), call=lambda layer, x, m: layer(x, mask=m))
for each in (False, True):
    layer(f"self dropout each={each}".lower(), dropout_rate=0.4, broadcast_dropout=not each)

memory, values = numbers(B, S, 8, offset=500), numbers(B, S, 8, offset=700)
narrow = numbers(B, S, 5, offset=500)
layer("cross", x, memory)
layer("cross widths", x, narrow, in_kv_features=5, qkv_features=12, out_features=3)
layer("cross mask", x, memory, mask(B, 1, T, S), call=lambda layer, q, k, m: layer(q, k, mask=m))
layer("three inputs", x, memory, values)

lengths = jnp.array([2, 3])
tokens = jnp.array([[4, 0, 7], [1, 2, 0]])
counts = jnp.arange(T) < lengths[:, None]
recorder.keep("masks/causal", nnx.make_causal_mask(tokens).astype(bool))
recorder.keep("masks/tokens", nnx.make_attention_mask(tokens > 0, tokens > 0).astype(bool))
recorder.keep("masks/lengths", nnx.make_attention_mask(counts, counts).astype(bool))
recorder.keep("masks/equal", nnx.make_attention_mask(tokens, tokens[:, :2], jnp.equal).astype(bool))
recorder.keep("masks/combined", nnx.combine_masks(
    nnx.make_attention_mask(tokens > 0, tokens > 0), nnx.make_causal_mask(tokens)).astype(bool))


def decoded(layer, x, mask=None):
    layer.init_cache((x.shape[0], 6, x.shape[2]))
    outputs = [layer(x[:, t : t + 1], decode=True, mask=mask) for t in range(x.shape[1])]
    kept = layer.cached_key[...], layer.cached_value[...], layer.cache_index[...]
    return jnp.concatenate(outputs, axis=1), kept


for key_heads, normalize in ((4, False), (2, False), (1, True)):
    decoder = nnx.MultiHeadAttention(4, 8, num_kv_heads=key_heads, normalize_qk=normalize, rngs=nnx.Rngs(0))
    for masked in (False, True):
        m = mask(B, 1, 1, 6) if masked else None
        outputs, (key, value, index) = decoded(decoder, x, m)
        name = f"decode key_heads={key_heads} mask={masked}".lower()
        recorder.keep(f"{name}/input/0", x)
        if masked:
            recorder.keep(f"{name}/input/1", m)
        recorder.keep(f"{name}/evaluation", outputs)
        recorder.keep(f"{name}/cache/cache_index", index)
        recorder.keep(f"{name}/cache/cached_key", key)
        recorder.keep(f"{name}/cache/cached_value", value)
recorder.save(__file__)
