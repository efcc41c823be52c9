"""jax_numpy.txt, torch_tensor.txt and torch_nn.txt: the public names that docs/numpy_and_torch.md has to list."""

import inspect
import pathlib

import jax.numpy as jnp
import torch

FOLDER = pathlib.Path(__file__).parent


def functions(module, prefix=""):
    """The functions of a module; types such as `float32` aren't among them."""
    for name in dir(module):
        value = getattr(module, name)
        if not name.startswith("_") and callable(value) and not inspect.isclass(value):
            yield prefix + name


def write(file, names):
    (FOLDER / file).write_text("\n".join(sorted(names)) + "\n")


write(
    "jax_numpy.txt",
    [*functions(jnp), *functions(jnp.linalg, "linalg."), *functions(jnp.fft, "fft.")],
)
# Methods that end in `_` work in place. The page explains once why there are none here.
write(
    "torch_tensor.txt",
    [name for name in dir(torch.Tensor) if not name.startswith("_") and not name.endswith("_")],
)
write(
    "torch_nn.txt",
    [
        name
        for name, value in vars(torch.nn).items()
        if inspect.isclass(value) and issubclass(value, torch.nn.Module) and name != "Module"
    ],
)
