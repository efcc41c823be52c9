"""The operations of roofline.OPERATIONS in JAX, jitted; those whose results have no size before they run, not."""

import jax, jax.numpy as jnp

lax, nn, special = jax.lax, jax.nn, jax.scipy.special


def elements(name, sizes, key):
    """Elements from 0.5 to 1.5, or of the function's domain."""
    middle = {"acosh": 1.6} | dict.fromkeys("atanh asin acos erfinv elu celu selu".split(), 0)
    return jax.random.uniform(key, sizes) - 0.5 + middle.get(name, 1)


FUNCTIONS = {
    "neg": jnp.negative,
    "rsqrt": lax.rsqrt,
    "fract": lambda x: x - jnp.trunc(x),
    "erf": special.erf,
    "erfc": special.erfc,
    "erfinv": special.erfinv,
    "lgamma": special.gammaln,
    "digamma": special.digamma,
    "is_nan": jnp.isnan,
    "is_finite": jnp.isfinite,
    "hard_silu": nn.hard_swish,
    "gelu_exact": lambda x: nn.gelu(x, approximate=False),
    "powf": lambda x: x**2.5,
    "clamp": lambda x: x.clip(0.7, 1.2),
    "times_2": lambda x: x * 2,
    "add": jnp.add,
    "mul": jnp.multiply,
    "div": jnp.divide,
    "pow": jnp.power,
    "lerp": lambda a, b: a + b * (b - a),
    "select": lambda a, b: jnp.where(a < 1, a, b),
}


def along(name, sizes, key):
    x = jax.random.uniform(key, sizes) - 0.5
    at = jax.random.randint(key, sizes, 0, sizes[1])
    values = x[::-1]
    index = list(jnp.meshgrid(*map(jnp.arange, sizes), indexing="ij", sparse=True))
    index[1] = at
    index = tuple(index)
    f = {
        "norm": lambda x: jnp.linalg.norm(x, axis=1),
        "norm1": lambda x: jnp.abs(x).sum(1),
        "var": lambda x: x.var(1, ddof=1),
        "logsumexp": lambda x: special.logsumexp(x, 1),
        "count_nonzero": lambda x: jnp.count_nonzero(x, 1),
        "softmax": lambda x: nn.softmax(x, 1),
        "cummax": lambda x: lax.cummax(x, 1),
        "cumlogsumexp": lambda x: lax.cumlogsumexp(x, 1),
        "flip": lambda x: jnp.flip(x, 1),
        "roll": lambda x: jnp.roll(x, 5, 1),
        "gather": lambda x: jnp.take_along_axis(x, at, 1),
        "scatter_set": lambda x: x.at[index].set(values),
        "scatter_add": lambda x: x.at[index].add(values),
        "scatter_max": lambda x: x.at[index].max(values),
    }.get(name) or (lambda x: getattr(jnp, name)(x, axis=1))
    return f, (x,)


def of_matrix(name, sizes, key):
    x = jax.random.uniform(key, sizes) - 0.5
    mask = x > 0
    f = {
        "sum_all": jnp.sum,
        "max_all": jnp.max,
        "norm_all": jnp.linalg.norm,
        "top_k": lambda x: lax.top_k(x, 16),
        "histogram": lambda x: jnp.histogram(x, 64, (-0.5, 0.5))[0],
        "transpose": lambda x: x.T.ravel(),
        "masked_fill": lambda x: jnp.where(mask, 1, x),
        "concat": lambda x: jnp.concatenate([x, x], 1),
        "pad": lambda x: jnp.pad(x, ((0, 0), (1, 1)), "edge"),
        "tril": jnp.tril,
        "unique": lambda x: jnp.unique(x, return_inverse=True, return_counts=True),
        "masked_select": lambda x: x[mask],
    }[name]
    return f, (x,)


def on_images(name, sizes, key):
    x = jax.random.uniform(key, sizes)
    f = {
        "lp_pool": lambda x: lax.reduce_window(x * x, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "valid") ** 0.5,
        "pad_zeros": lambda x: jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))),
    }.get(name)
    return f, (x,)


def make(name, sizes):
    """Operations and a call, as jax_bench.make."""
    import roofline

    key = jax.random.key(0)
    if len(sizes) == 4:
        f, inputs = on_images(name, sizes, key)
        if f is None:
            return None
    elif len(sizes) == 3:
        f, inputs = along(name, sizes, key)
    elif name == "bilinear":
        x, w = jax.random.uniform(key, sizes), jax.random.uniform(key, 3 * sizes[1:])
        f, inputs = lambda x: jnp.einsum("bi,jio,bj->bo", x, w, x), (x,)
    elif name in roofline.MATRICES:
        f, inputs = of_matrix(name, sizes, key)
    else:
        f = FUNCTIONS.get(name) or getattr(jnp, name, None) or getattr(nn, name)
        keys = [key, jax.random.key(1)] if name in roofline.PAIRS.split() else [key]
        inputs = [elements(name, sizes, key) for key in keys]
    if name not in ("unique", "masked_select"):
        f = jax.jit(f)
    return 0, lambda: jax.block_until_ready(f(*inputs))
