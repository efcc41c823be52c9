# Makes scatter.safetensors: elements along an axis by index and values written there, of JAX, with gradients.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 safetensors==0.8.0
#
# `<axis>/x` is (3, 4, 2), `<axis>/indices` and `<axis>/values` have 5 elements along the axis. Indices repeat, and values
# tie with one another and with elements. `<axis>/<operation>/output`, `cotangent`, and `gradient 0` of x, `gradient 1` of
# values.

import jax
import jax.numpy as jnp
import numpy as np
from pathlib import Path
from safetensors.numpy import save_file

tensors = {}
x = jnp.asarray((np.random.default_rng(3).integers(-4, 5, 24) / 2).reshape(3, 4, 2), jnp.float32)


def keep(name, function, *inputs):
    output, pull_back = jax.vjp(function, *inputs)
    cotangent = jnp.asarray(np.cos(np.arange(output.size)).reshape(output.shape), jnp.float32)
    tensors[f"{name}/output"] = output
    tensors[f"{name}/cotangent"] = cotangent
    for i, gradient in enumerate(pull_back(cotangent)):
        tensors[f"{name}/gradient {i}"] = gradient


for axis in range(3):
    draw = np.random.default_rng(axis)
    shape = tuple(5 if i == axis else size for i, size in enumerate(x.shape))
    indices = jnp.asarray(draw.integers(0, x.shape[axis], shape), jnp.int32)
    values = jnp.asarray(draw.integers(-4, 5, shape) / 2, jnp.float32)
    grid = jnp.meshgrid(*map(jnp.arange, shape), indexing="ij")
    at = tuple(indices if i == axis else grid[i] for i in range(3))
    tensors |= {f"{axis}/x": x, f"{axis}/indices": indices, f"{axis}/values": values}
    keep(f"{axis}/take_along", lambda x: jnp.take_along_axis(x, indices, axis), x)
    keep(f"{axis}/scatter_set", lambda x, values: x.at[at].set(values), x, values)
    keep(f"{axis}/scatter_add", lambda x, values: x.at[at].add(values), x, values)
    keep(f"{axis}/scatter_max", lambda x, values: x.at[at].max(values), x, values)
    keep(f"{axis}/scatter_min", lambda x, values: x.at[at].min(values), x, values)
tensors = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
save_file(tensors, Path(__file__).resolve().parent / "scatter.safetensors")
