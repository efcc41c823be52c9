# What the scripts of PyTorch's layers share: all that a golden says about one of them, computed in f64, channels last.

import numpy as np
import torch
from safetensors.numpy import save_file

tensors = {}


def numbers(*shape, offset=0):
    """As in recorder.py."""
    index = np.arange(offset, offset + int(np.prod(shape, dtype=int)), dtype=np.uint64)
    hashed = (index * 2654435761 % 2**32).astype(np.float64) / 2**31 - 1
    return torch.from_numpy(hashed.astype(np.float32).astype(np.float64).reshape(shape))


def keep(name, tensor):
    assert name not in tensors, name
    tensor = tensor.detach().contiguous().numpy()
    tensors[name] = tensor.astype(np.float32) if tensor.dtype == np.float64 else tensor


def record(name, run, inputs, weights=None):
    """`run(inputs, weights)` under the names of recorder.py; the weights, named by their paths in nnx, are `start/<path>`."""
    inputs = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    weights = {k: w.clone().requires_grad_() for k, w in (weights or {}).items()}
    output = run(inputs, weights)
    cotangent = numbers(*output.shape, offset=7919)
    (output * cotangent).sum().backward()
    for what, tensor in {"output": output, "evaluation": output, "cotangent": cotangent}.items():
        keep(f"{name}/{what}", tensor)
    for i, x in enumerate(inputs):
        keep(f"{name}/input/{i}", x)
        if x.is_floating_point():
            keep(f"{name}/input gradient/{i}", x.grad)
    for path, weight in weights.items():
        keep(f"{name}/start/{path}", weight)
        keep(f"{name}/gradient/{path}", weight.grad)


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def image(function):
    return lambda inputs, _: channels_last(function(channels_first(inputs[0])))


def save(script):
    """Writes the arrays beside the script: `make_x.py` makes `x.safetensors`."""
    for name in [name for name in tensors if tensors[name].dtype == np.int64]:
        tensors[name] = tensors[name].astype(np.int32)
    save_file(tensors, script.replace("make_", "").replace(".py", ".safetensors"))
