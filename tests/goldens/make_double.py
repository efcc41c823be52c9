# Makes double.safetensors: distributions in f64, and the initial parameters of Flax's layers with
# `param_dtype=jnp.float64`, as JAX draws them with x64 enabled. Python 3.11; versions in README.md.

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from flax import nnx
from safetensors.numpy import save_file

tensors = {}
key = jax.random.key(7)
draws = {
    "uniform 0 1": jax.random.uniform(key, (500,), jnp.float64),
    "uniform -2.5 7.3": jax.random.uniform(key, (500,), jnp.float64, -2.5, 7.3),
    "normal": jax.random.normal(key, (500,), jnp.float64),
    "truncated_normal -2 2": jax.random.truncated_normal(key, -2, 2, (500,), jnp.float64),
    "truncated_normal 1 10": jax.random.truncated_normal(key, 1, 10, (500,), jnp.float64),
}
draws |= {
    "gumbel": jax.random.gumbel(key, (500,), jnp.float64),
    "exponential": jax.random.exponential(key, (500,), jnp.float64),
    "laplace": jax.random.laplace(key, (500,), jnp.float64),
    "categorical": jax.random.categorical(key, jnp.log(jnp.tile(jnp.array([1.0, 2.0, 5.0]), (99, 1)))),
}
for name, array in draws.items():
    tensors[name] = np.asarray(array)
bounds = {
    "int64": [(0, 10), (-5, 1 << 40), (-(1 << 63), (1 << 63) - 1)],
    "uint32": [(0, 10), (7, (1 << 32) - 1)],
    "uint8": [(0, 10), (3, 255), (100, 101)],
}
for dtype, ranges in bounds.items():
    for low, high in ranges:
        drawn = jax.random.randint(key, (99,), low, high, jnp.dtype(dtype))
        tensors[f"randint {dtype} {low} {high}"] = np.asarray(drawn)

of = nnx.initializers
start = dict(param_dtype=jnp.float64, bias_init=of.normal(0.5))
double = dict(param_dtype=jnp.float64)
layers = {
    "linear": lambda rngs: nnx.Linear(3, 4, rngs=rngs, **start),
    "uniform": lambda rngs: nnx.Linear(
        3, 4, kernel_init=of.glorot_uniform(), bias_init=of.uniform(0.3), rngs=rngs, **double
    ),
    "constant": lambda rngs: nnx.Linear(
        3, 4, kernel_init=of.constant(0.1), bias_init=of.truncated_normal(0.3), rngs=rngs, **double
    ),
    "normal": lambda rngs: nnx.Linear(3, 4, kernel_init=of.he_normal(), rngs=rngs, **start),
    "variance": lambda rngs: nnx.Linear(
        3, 4, kernel_init=of.variance_scaling(0.7, "fan_geo_avg", "normal"), rngs=rngs, **start
    ),
    "conv": lambda rngs: nnx.Conv(2, 3, (3, 2), rngs=rngs, **start),
    "conv transpose": lambda rngs: nnx.ConvTranspose(2, 3, (3, 2), rngs=rngs, **start),
    "linear general": lambda rngs: nnx.LinearGeneral(6, (2, 3), rngs=rngs, **start),
    "embed": lambda rngs: nnx.Embed(7, 3, rngs=rngs, **double),
    "attention": lambda rngs: nnx.MultiHeadAttention(2, 4, decode=False, rngs=rngs, **start),
    "layer norm": lambda rngs: nnx.LayerNorm(4, scale_init=of.normal(0.5), rngs=rngs, **start),
    "gru": lambda rngs: nnx.GRUCell(3, 4, rngs=rngs, **start),
    "lora": lambda rngs: nnx.LoRA(3, 2, 4, rngs=rngs, **double),
}
for name, make in layers.items():
    for path, variable in nnx.to_flat_state(nnx.state(make(nnx.Rngs(0)), nnx.Param)):
        array = np.asarray(variable[...])
        assert array.dtype == np.float64, (name, path)
        tensors["/".join([name, *map(str, path)])] = np.array(array, order="C")
save_file(tensors, __file__.replace("make_double.py", "double.safetensors"))
