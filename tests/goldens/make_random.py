# Makes random.safetensors: keys, distributions and initializers as JAX and Flax draw them.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 flax==0.12.8 numpy==2.4.6 safetensors==0.8.0
#
# Read by nnx-core/src/random/goldens.rs, which holds the same calls under the same names.

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from safetensors.numpy import save_file

tensors = {}


def keep(name, array):
    tensors[name] = np.asarray(array)


def checksum(array):
    """The bits of all elements, each times its place, summed modulo 2^32: equal only if all are."""
    bits = np.asarray(array).view(np.uint32).astype(np.uint64)
    places = np.arange(1, bits.size + 1, dtype=np.uint64)
    return np.array([np.sum(bits * places % 2**32) % 2**32], np.uint32)


key = jax.random.key(7)
many = (1 << 20,)

# Keys and bits.
keep("split", jax.random.key_data(jax.random.split(key, 20)))
folds = [0, 1, 2, 1000, 2**31, 2**32 - 1]
keep("fold_in", [jax.random.key_data(jax.random.fold_in(key, np.uint32(i))) for i in folds])
keep("bits", jax.random.bits(key, (100,)))

# Distributions: some numbers to look at, and a checksum of a million.
distributions = {
    "uniform 0 1": lambda shape: jax.random.uniform(key, shape),
    "uniform -2.5 7.3": lambda shape: jax.random.uniform(key, shape, minval=-2.5, maxval=7.3),
    "normal": lambda shape: jax.random.normal(key, shape),
    "truncated_normal -2 2": lambda shape: jax.random.truncated_normal(key, -2, 2, shape),
    "truncated_normal -0.5 3": lambda shape: jax.random.truncated_normal(key, -0.5, 3, shape),
    "truncated_normal 1 10": lambda shape: jax.random.truncated_normal(key, 1, 10, shape),
    "gumbel": lambda shape: jax.random.gumbel(key, shape),
    "exponential": lambda shape: jax.random.exponential(key, shape),
    "laplace": lambda shape: jax.random.laplace(key, shape),
    "randint 0 10": lambda shape: jax.random.randint(key, shape, 0, 10),
    "randint -5 70000": lambda shape: jax.random.randint(key, shape, -5, 70000),
    "randint min max": lambda shape: jax.random.randint(key, shape, -(2**31), 2**31 - 1),
}
for name, draw in distributions.items():
    keep(name, draw((50,)))
    keep(name + " checksum", checksum(draw(many)))

for p in (0.0, 0.3, 0.9, 1.0):
    keep(f"bernoulli {p}", jax.random.bernoulli(key, p, (100,)))

logits = jnp.sin(jnp.arange(300, dtype=jnp.float32)).reshape(60, 5) * 2
keep("logits", logits)
keep("categorical", jax.random.categorical(key, logits))

# Rounds of sorting: none for 1, one up to 1625, then two.
for n in (1, 2, 10, 1625, 1626):
    keep(f"permutation {n}", jax.random.permutation(key, n))

# Initializers; the shape of a tensor is the one that was asked for.
of = nnx.initializers
initializers = {
    "zeros": of.zeros,
    "ones": of.ones,
    "constant 2.5": of.constant(2.5),
    "uniform": of.uniform(),
    "normal": of.normal(),
    "truncated_normal": of.truncated_normal(),
    "orthogonal": of.orthogonal(),
    "orthogonal 2.5": of.orthogonal(2.5),
}
for name in ("lecun", "he", "kaiming", "glorot", "xavier"):
    for distribution in ("normal", "uniform"):
        full = f"{name}_{distribution}"
        initializers[full] = getattr(of, full)()
for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg"):
    for distribution in ("truncated_normal", "normal", "uniform"):
        rule = of.variance_scaling(0.7, mode, distribution)
        initializers[f"variance_scaling {mode} {distribution}"] = rule

for name, rule in initializers.items():
    for shape in ((3, 4), (8, 5), (3, 3, 2, 5), (2, 3, 1, 2, 4)):
        keep(f"init {name} / {len(shape)} {shape[0]}", rule(key, shape))
for shape in ((3, 2, 2), (2, 3, 2, 3), (3, 1, 2, 2, 4)):
    keep(f"init delta_orthogonal / {len(shape)}", of.delta_orthogonal()(key, shape))
# A whole weight matrix.
keep("lecun_normal (784, 256) checksum", checksum(of.lecun_normal()(key, (784, 256)).ravel()))

save_file(tensors, __file__.replace("make_random.py", "random.safetensors"))
