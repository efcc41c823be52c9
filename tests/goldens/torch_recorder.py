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
    (output * cotangent).sum().backward(retain_graph=True)
    for what, tensor in {"output": output, "evaluation": output, "cotangent": cotangent}.items():
        keep(f"{name}/{what}", tensor)
    for i, x in enumerate(inputs):
        keep(f"{name}/input/{i}", x)
        if x.is_floating_point():
            keep(f"{name}/input gradient/{i}", x.grad)
    for path, weight in weights.items():
        keep(f"{name}/start/{path}", weight)
        keep(f"{name}/gradient/{path}", weight.grad)
    second_gradients(name, (output.square() * cotangent).sum(), inputs, weights)


def second_gradients(name, loss, inputs, weights):
    """The loss is differentiated in all inputs, and the gradients are multiplied by `<name>/direction/<i>` and added. The
    gradients of this sum in the inputs are `<name>/second input gradient/<i>`, in the weights `second gradient/<path>`."""
    floats = {f"{i}": x for i, x in enumerate(inputs) if x.is_floating_point()}
    if not floats:
        return
    directions = {i: numbers(*x.shape, offset=104729 + int(i)) for i, x in floats.items()}
    slopes = torch.autograd.grad(loss, floats.values(), create_graph=True)
    total = sum((slope * direction).sum() for slope, direction in zip(slopes, directions.values()))
    leaves = [*floats.values(), *weights.values()]
    seconds = iter(torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True))
    for i, direction in directions.items():
        keep(f"{name}/direction/{i}", direction)
        keep(f"{name}/second input gradient/{i}", next(seconds))
    for path in weights:
        keep(f"{name}/second gradient/{path}", next(seconds))


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
