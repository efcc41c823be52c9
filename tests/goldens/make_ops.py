# Makes ops.safetensors: single operations of JAX and Flax on small arrays, with gradients.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 flax==0.12.8 numpy==2.4.6 safetensors==0.8.0
#
# A gradient is the vector-Jacobian product with the stored cotangent. Names carry the options.

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax
from safetensors.numpy import save_file

jax.config.update("jax_default_matmul_precision", "highest")
tensors = {}


def keep(name, array):
    tensors[name] = np.ascontiguousarray(array)


def numbers(seed, *shape):
    """Numbers in [-4, 4), all different, so that no maximum is tied."""
    drawn = np.random.default_rng(seed).permutation(2 * np.prod(shape))[: np.prod(shape)]
    return jnp.asarray((drawn / np.prod(shape) * 4 - 4).reshape(shape), jnp.float32)


def keep_op(name, op, *inputs):
    """The output, and the gradient with respect to every input."""
    output, pull_back = jax.vjp(op, *inputs)
    cotangent = jnp.asarray(np.cos(np.arange(output.size)).reshape(output.shape), jnp.float32)
    keep(f"{name}/output", output)
    keep(f"{name}/cotangent", cotangent)
    for i, gradient in enumerate(pull_back(cotangent)):
        keep(f"{name}/gradient {i}", gradient)


# Activations, element by element: from far left to far right, with the kinks.
x = jnp.asarray(np.concatenate([np.linspace(-6, 6, 49), [-100, -20, 20, 100]]), jnp.float32)
keep("activation/input", x)
activations = {
    "gelu tanh": nnx.gelu,
    "gelu exact": partial(nnx.gelu, approximate=False),
    "relu": nnx.relu,
    "relu6": nnx.relu6,
    "sigmoid": nnx.sigmoid,
    "log_sigmoid": nnx.log_sigmoid,
    "tanh": nnx.tanh,
    "silu": nnx.silu,
    "softplus": nnx.softplus,
    "elu": nnx.elu,
    "celu": nnx.celu,
    "selu": nnx.selu,
    "leaky_relu": nnx.leaky_relu,
    "soft_sign": nnx.soft_sign,
    "hard_tanh": nnx.hard_tanh,
    "hard_sigmoid": nnx.hard_sigmoid,
    "hard_silu": nnx.hard_silu,
    "squareplus": jax.nn.squareplus,
    "mish": jax.nn.mish,
    "sparse_plus": jax.nn.sparse_plus,
    "sparse_sigmoid": jax.nn.sparse_sigmoid,
    # Of PyTorch, by its formulas.
    "tanh_shrink": lambda x: x - jnp.tanh(x),
    "soft_shrink": lambda x: jnp.where(x > 0.5, x - 0.5, jnp.where(x < -0.5, x + 0.5, 0 * x)),
    "hard_shrink": lambda x: jnp.where(jnp.abs(x) > 0.5, x, 0),
    "atan": jnp.arctan,
}
for name, activation in activations.items():
    keep_op(f"activation/{name}", activation, x)

# Functions with inputs of their own: within the domain, and without 0.
moderate = np.linspace(-4.3, 4.5, 53)
small = np.linspace(-0.95, 0.94, 53)
positive = np.geomspace(0.01, 100, 53)
functions = {
    "exp2": (jnp.exp2, moderate),
    "expm1": (jnp.expm1, moderate),
    "log2": (jnp.log2, positive),
    "log10": (jnp.log10, positive),
    "log1p": (jnp.log1p, positive),
    "reciprocal": (jnp.reciprocal, positive),
    "rsqrt": (lax.rsqrt, positive),
    "cbrt": (jnp.cbrt, moderate),
    "floor": (jnp.floor, moderate),
    "ceil": (jnp.ceil, moderate),
    "round": (jnp.round, moderate),
    "trunc": (jnp.trunc, moderate),
    "fract": (lambda x: jnp.modf(x)[0], moderate),
    "nan_to_num": (jnp.nan_to_num, moderate),
    "tan": (jnp.tan, small),
    "asin": (jnp.arcsin, small),
    "acos": (jnp.arccos, small),
    "sinc": (jnp.sinc, moderate),
    "sinh": (jnp.sinh, moderate),
    "cosh": (jnp.cosh, moderate),
    "asinh": (jnp.arcsinh, moderate),
    "acosh": (jnp.arccosh, np.linspace(1.05, 8, 53)),
    "atanh": (jnp.arctanh, small),
    "erfc": (jax.scipy.special.erfc, moderate),
    "erfinv": (jax.scipy.special.erfinv, small),
    "lgamma": (jax.scipy.special.gammaln, moderate),
    "digamma": (jax.scipy.special.digamma, positive),
    "logit": (jax.scipy.special.logit, np.linspace(0.02, 0.97, 53)),
    "log1mexp": (jax.nn.log1mexp, positive),
}
for name, (function, points) in functions.items():
    points = jnp.asarray(points, jnp.float32)
    keep(f"activation/{name}/input", points)
    keep_op(f"activation/{name}", function, points)

# Functions of two inputs.
left, right = (jnp.asarray(np.linspace(*ends, 53), jnp.float32) for ends in ((-4.3, 4.5), (5, -3.9)))
keep("pairs/left", left)
keep("pairs/right", right)
pairs = {
    "atan2": jnp.arctan2,
    "hypot": jnp.hypot,
    "logaddexp": jnp.logaddexp,
    "fmod": jnp.fmod,
    "remainder": jnp.remainder,
    "copysign": jnp.copysign,
    "logaddexp2": jnp.logaddexp2,
    "heaviside": jnp.heaviside,
}
for name, function in pairs.items():
    keep_op(f"pairs/{name}", function, left, right)
keep_op("pairs/xlogy of exp", lambda x, y: jax.scipy.special.xlogy(x, jnp.exp(y)), left, right)

# Over the last axis: one ordinary row, one that overflows exp, one of equal numbers.
rows = jnp.concatenate([numbers(1, 1, 7), numbers(2, 1, 7) * 50 + 300, jnp.full((1, 7), -2.5)])
keep("rows/input", rows)
keep_op("rows/softmax", nnx.softmax, rows)
keep_op("rows/log_softmax", nnx.log_softmax, rows)
keep_op("rows/logsumexp", partial(jax.nn.logsumexp, axis=-1), rows)
keep_op("rows/standardize", nnx.standardize, rows[:2])

# Pools: (batch, height, width, channels).
image = numbers(3, 2, 7, 6, 4)
keep("pool/input", image)
for padding in ("SAME", "VALID"):
    for window in (2, 3):
        for stride in (1, 2):
            options = dict(window_shape=(window, window), strides=(stride, stride), padding=padding)
            name = f"window={window} stride={stride} {padding}"
            keep_op(f"pool/max {name}", partial(nnx.max_pool, **options), image)
            keep_op(f"pool/min {name}", partial(nnx.min_pool, **options), image)
            keep_op(f"pool/avg {name}", partial(nnx.avg_pool, **options), image)
            if padding == "SAME":
                apart = partial(nnx.avg_pool, count_include_pad=False, **options)
                keep_op(f"pool/avg without padding {name}", apart, image)

# Convolutions: NHWC images, HWIO kernels; explicit padding is (low, high) of height, then of width.
paddings = {"SAME": "SAME", "VALID": "VALID", "explicit": ((2, 1), (0, 3))}
kernels = {}
for groups in (1, 2, 4):
    kernels[f"3x3 groups={groups}"] = (numbers(10 + groups, 3, 3, 4 // groups, 8), groups)
kernels["2x3 groups=1"] = (numbers(20, 2, 3, 4, 3), 1)
kernels["1x1 groups=1"] = (numbers(21, 1, 1, 4, 5), 1)
conv_image = numbers(4, 2, 7, 6, 4)
keep("conv/image", conv_image)
for kernel_name, (kernel, groups) in kernels.items():
    keep(f"conv/kernel {kernel_name}", kernel)
    for padding_name, padding in paddings.items():
        for stride in (1, 2):
            for dilation in (1, 2):
                convolve = partial(
                    lax.conv_general_dilated,
                    window_strides=(stride, stride),
                    padding=padding,
                    rhs_dilation=(dilation, dilation),
                    dimension_numbers=("NHWC", "HWIO", "NHWC"),
                    feature_group_count=groups,
                )
                name = f"conv/{kernel_name} {padding_name} stride={stride} dilation={dilation}"
                keep_op(name, convolve, conv_image, kernel)

save_file(tensors, __file__.replace("make_ops.py", "ops.safetensors"))
