# Makes reductions.safetensors: reductions, cumulative operations, sorts and counts of JAX on small arrays, with gradients.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 safetensors==0.8.0
#
# A gradient is the vector-Jacobian product with the stored cotangent. Names carry the axes.

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from safetensors.numpy import save_file

tensors = {}


def keep(name, array):
    tensors[name] = np.ascontiguousarray(array)


def keep_op(name, op, x):
    """The output, and the gradient with respect to the input."""
    output, pull_back = jax.vjp(op, x)
    cotangent = jnp.asarray(np.cos(np.arange(output.size)).reshape(output.shape), jnp.float32)
    keep(f"{name}/output", output)
    keep(f"{name}/cotangent", cotangent)
    keep(f"{name}/gradient 0", pull_back(cotangent)[0])


# Different numbers in [-2.5, 2.5), without 0; numbers that repeat; numbers with zeros; NaN, infinities and both zeros.
drawn = np.random.default_rng(5).permutation(50)[: 3 * 4 * 4]
cube = jnp.asarray((drawn / 10 - 2.45).reshape(3, 4, 4), jnp.float32)
ties = jnp.asarray([[1, 3, 1, 3, 2], [2, 2, 2, 2, 2]], jnp.float32)
zeros = jnp.asarray([[2, 0, 3, 4], [0, 1.5, 0, -2], [1, 2, 3, 4]], jnp.float32)
nan, inf = np.nan, np.inf
special = jnp.asarray(
    [[0.0, -0.0, 1.0, -2.0], [inf, -inf, 0.0, 1.0], [1.0, nan, 2.0, nan], [-inf, -inf, 3.0, 3.0]], jnp.float32
)
integers = jnp.asarray([[3, 1, 3, 8], [0, 3, 1, 1]], jnp.int32)
ordered = jnp.asarray([-inf, -2.0, 0.0, 0.0, 1.0, 2.5, inf, nan], jnp.float32)
for name, array in dict(
    cube=cube, ties=ties, zeros=zeros, special=special, integers=integers, sorted=ordered
).items():
    keep(f"input/{name}", array)

norm = jnp.linalg.norm
keep_op("min 1", lambda x: x.min(1), cube)
keep_op("max 0 2", lambda x: x.max((0, 2)), cube)
keep_op("min ties", lambda x: x.min(1), ties)
keep_op("max ties", lambda x: x.max(1), ties)
keep_op("prod 1", lambda x: x.prod(1), cube)
keep_op("prod zeros", lambda x: x.prod(1), zeros)
keep_op("var 0", lambda x: x.var(0, ddof=1), cube)
keep_op("std 1 2", lambda x: x.std((1, 2)), cube)
keep_op("norm 1", lambda x: norm(x, 1, axis=1), cube)
keep_op("norm 2", lambda x: norm(x, 2, axis=1), cube)
keep_op("norm 3", lambda x: norm(x, 3, axis=1), cube)
keep_op("norm 1.5", lambda x: norm(x, 1.5, axis=2), cube)
keep_op("norm inf", lambda x: norm(x, inf, axis=0), cube)
keep_op("logsumexp 0", lambda x: jax.nn.logsumexp(x, axis=0), cube)
keep_op("logsumexp 0 2", lambda x: jax.nn.logsumexp(x, axis=(0, 2)), cube)
keep_op("softmax 0", lambda x: jax.nn.softmax(x, axis=0), cube)
keep_op("softmax 1", lambda x: jax.nn.softmax(x, axis=1), cube)
keep_op("log_softmax 1", lambda x: jax.nn.log_softmax(x, axis=1), cube)
keep_op("cumsum 1", lambda x: jnp.cumsum(x, 1), cube)
keep_op("cumsum 2", lambda x: jnp.cumsum(x, 2), cube)
keep_op("cumprod 1", lambda x: jnp.cumprod(x, 1), cube)
keep_op("cumprod zeros", lambda x: jnp.cumprod(x, 1), zeros)
keep_op("cummax 1", lambda x: lax.cummax(x, 1), cube)
keep_op("cummin 2", lambda x: lax.cummin(x, 2), cube)
keep_op("cumlogsumexp 1", lambda x: lax.cumlogsumexp(x, 1), cube)
keep_op("sort 1", lambda x: jnp.sort(x, 1), cube)
keep_op("sort ties", lambda x: jnp.sort(x, 1), ties)
keep_op("top_k", lambda x: lax.top_k(x, 3)[0], cube)
keep_op("median 1", lambda x: jnp.median(x, 1), cube)
keep_op("quantile 0.3", lambda x: jnp.quantile(x, 0.3, axis=(0, 2)), cube)
keep_op("mean where", lambda x: jnp.mean(x, 1, where=x > 0), cube)

keep("argmin special", jnp.argmin(special, 1))
keep("argmax special", jnp.argmax(special, 1))
keep("min special", special.min(1))
keep("max special", special.max(0))
keep("prod special", special.prod(1))
keep("any special", special.any(0))
keep("all special", special.all(1))
keep("count_nonzero special", jnp.count_nonzero(special, 1))
keep("sort special", jnp.sort(special, 1))
keep("argsort special", jnp.argsort(special, 1))
keep("argsort descending special", jnp.argsort(special, 1, descending=True))
keep("median special", jnp.median(special, 1))
keep("cummax special", lax.cummax(special, 1))
keep("cumsum special", jnp.cumsum(special, 1))
keep("cumlogsumexp special", lax.cumlogsumexp(special, 1))
keep("argsort", jnp.argsort(cube, 2))
keep("indices of top_k", lax.top_k(cube, 3)[1])
keep("histogram", jnp.histogram(cube, 5, range=(-3, 2))[0].astype(jnp.int32))
keep("bincount", jnp.bincount(integers.ravel(), length=9))
keep("counts of unique", jnp.unique(integers, return_counts=True)[1].astype(jnp.int32))
keep("searchsorted left", jnp.searchsorted(ordered, special))
keep("searchsorted right", jnp.searchsorted(ordered, special, side="right"))
for method in ("lower", "higher", "midpoint", "nearest"):
    keep(f"quantile {method}", jnp.quantile(cube, 0.3, axis=2, method=method))

save_file(tensors, __file__.replace("make_reductions.py", "reductions.safetensors"))
