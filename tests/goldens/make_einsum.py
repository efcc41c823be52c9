# Makes einsum.safetensors: contractions of NumPy, with gradients of JAX. All f64.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 safetensors==0.8.0
#
# A gradient is the vector-Jacobian product with the stored cotangent. The names are the equations.

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file

jax.config.update("jax_enable_x64", True)
tensors = {}
random = np.random.default_rng(11)

for equation, *shapes in [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (5, 3, 2)),
    ("...ij,jk->...ik", (2, 2, 3), (3, 4)),
    ("ij,...jk->...ki", (2, 3), (2, 2, 3, 4)),
    ("i...,...i->...", (3, 2, 2), (2, 2, 3)),
    ("i,j,k->kij", (2,), (3,), (4,)),
    ("i,ij,j->", (3,), (3, 4), (4,)),
    ("ab,bc,cd,de->ae", (2, 5), (5, 3), (3, 6), (6, 2)),
    ("bqhd,bkhd,bkhe->bqhe", (2, 3, 2, 4), (2, 5, 2, 4), (2, 5, 2, 3)),
    ("abc,cd,db,ae,f->ef", (2, 3, 4), (4, 2), (2, 3), (2, 3), (2,)),
    ("ii->i", (4, 4)),
    ("...ii->...", (2, 3, 3)),
    ("iji,j->ij", (2, 3, 2), (3,)),
    ("ijk->kj", (2, 3, 4)),
    ("->", ()),
    (",ij->ji", (), (2, 3)),
    ("bi,bi->bi", (2, 3), (2, 3)),
    ("a,a,a,a,a,a,a,a,a,ab->b", *[(2,)] * 9, (2, 3)),
]:
    operands = [random.uniform(-1, 1, shape) for shape in shapes]
    for i, x in enumerate(operands):
        tensors[f"{equation}/input {i}"] = np.array(x, order="C")
    output = np.einsum(equation, *operands)
    cotangent = np.cos(np.arange(output.size)).reshape(output.shape)
    pull_back = jax.vjp(lambda *x: jnp.einsum(equation, *x), *operands)[1]
    tensors[f"{equation}/output"] = np.array(output, order="C")
    tensors[f"{equation}/cotangent"] = cotangent
    for i, gradient in enumerate(pull_back(jnp.asarray(cotangent))):
        tensors[f"{equation}/gradient {i}"] = np.asarray(gradient)

save_file(tensors, __file__.replace("make_einsum.py", "einsum.safetensors"))
