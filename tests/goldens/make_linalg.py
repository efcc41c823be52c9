# Makes linalg.safetensors: decompositions of matrices of JAX, with gradients. All f64.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 safetensors==0.8.0
#
# A gradient is the vector-Jacobian product with the stored cotangent. Where vectors have any signs, the function of the
# factors doesn't depend on them.

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import expm, solve_triangular
from safetensors.numpy import save_file

jax.config.update("jax_enable_x64", True)
tensors = {}
linalg = jnp.linalg


def keep(name, op, *inputs):
    """The inputs, the output, and the gradient with respect to every input."""
    inputs = [jnp.asarray(x) for x in inputs]
    output, pull_back = jax.vjp(op, *inputs)
    cotangent = jnp.cos(jnp.arange(output.size, dtype=output.dtype)).reshape(output.shape)
    tensors[f"{name}/output"] = np.array(output, order="C")
    tensors[f"{name}/cotangent"] = np.array(cotangent, order="C")
    for i, (x, gradient) in enumerate(zip(inputs, pull_back(cotangent))):
        tensors[f"{name}/input {i}"] = np.array(x, order="C")
        tensors[f"{name}/gradient {i}"] = np.array(gradient, order="C")


random = np.random.default_rng(17)


def numbers(*shape):
    return random.uniform(-1, 1, shape)


def qr(x):
    q, r = linalg.qr(x)
    signs = jnp.sign(jnp.diagonal(r, axis1=-2, axis2=-1))
    return jnp.concatenate([q * signs[..., None, :], r * signs[..., :, None]], -2)


def svd(x):
    u, s, vt = linalg.svd(x, full_matrices=False)
    return (u * jnp.sin(s)[..., None, :]) @ vt


def eigh(x):
    w, v = linalg.eigh(x)
    return (v * jnp.sin(w)[..., None, :]) @ jnp.swapaxes(v, -1, -2)


square, wide, tall = numbers(2, 4, 4), numbers(2, 3, 5), numbers(2, 5, 3)
definite = square @ np.swapaxes(square, 1, 2) + np.eye(4)
keep("cholesky", linalg.cholesky, definite)
keep("solve", linalg.solve, square, numbers(2, 4, 3))
keep("solve vector", linalg.solve, square[0], numbers(4))
keep("solve lower", lambda a, b: solve_triangular(a, b, lower=True), square[0] + 2 * np.eye(4), numbers(4, 3))
keep("solve upper", lambda a, b: solve_triangular(a, b), square[0] + 2 * np.eye(4), numbers(4, 3))
keep("inverse", linalg.inv, square)
for n in [1, 2, 3, 4, 6]:
    keep(f"det {n}", linalg.det, numbers(2, n, n))
singular = numbers(4, 4)
singular[3] = singular[0] - 2 * singular[1]
keep("det singular", linalg.det, singular)
keep("slogdet", lambda x: linalg.slogdet(x)[1], square)
keep("qr", qr, tall)
keep("qr square", qr, square)
keep("svd tall", svd, tall)
keep("svd wide", svd, wide)
keep("singular_values", lambda x: linalg.svd(x, compute_uv=False), tall)
keep("eigh", eigh, square)
keep("eigvalsh", linalg.eigvalsh, square)
keep("pinv tall", linalg.pinv, tall)
keep("pinv wide", linalg.pinv, wide)
keep("pinv of rank 2", linalg.pinv, numbers(4, 2) @ numbers(2, 3))
keep("lstsq", lambda a, b: linalg.lstsq(a, b)[0], tall[0], numbers(5, 2))
keep("expm", expm, square)
keep("expm large", expm, 9 * square[0])
for name, order in [("fro", "fro"), ("one", 1), ("inf", np.inf), ("spectral", 2), ("nuclear", "nuc")]:
    keep(f"norm {name}", lambda x: linalg.norm(x, order, axis=(-2, -1)), tall)
keep("trace", lambda x: jnp.trace(x, axis1=-2, axis2=-1), square)
keep("cross", jnp.cross, tall, numbers(2, 5, 3))
save_file(tensors, __file__.replace("make_linalg.py", "linalg.safetensors"))
