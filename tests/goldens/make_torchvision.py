# Makes torchvision.safetensors: names, shapes and logits of torchvision's residual networks.
# Python 3.11; pip install torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 safetensors==0.8.0
#
# Weights and images are hashed indices, which any language computes exactly in integers; so none of them
# has to be kept. Logits are computed in f64.

import math

import numpy as np
import torch
import torchvision
from safetensors.numpy import save_file


def hashed(name, count):
    """Numbers within -0.5 to 0.5, multiples of 2^-24: indices from FNV-1a of the name on, hashed."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    x = (np.arange(count, dtype=np.uint64) + seed) % 2**32
    for factor, shift in ((2654435761, 15), (2246822519, 13)):
        x = x * factor % 2**32
        x ^= x >> np.uint64(shift)
    return (x >> np.uint64(8)).astype(np.float64) / 2**24 - 0.5


def weights(name, shape):
    u = hashed(name, math.prod(shape)).reshape(shape)
    if len(shape) > 1:  # about as large as He et al. draw them
        return u * 4 / 2 ** (math.prod(shape[1:]).bit_length() // 2)
    if name.endswith("running_var") or name.endswith("weight"):
        return 1 + u / 2
    return u / 4


# (batch, height, width, channels), as Flax and nnx have them.
images = hashed("images", 2 * 64 * 64 * 3).reshape(2, 64, 64, 3) * 4
tensors = {}
for name in ("resnet18", "resnet34", "resnet50"):
    model = getattr(torchvision.models, name)().double().eval()
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    lines = "".join(f"{k} {','.join(map(str, v.shape))}\n" for k, v in state.items())
    tensors[f"{name}/names"] = np.frombuffer(lines.encode(), np.uint8)
    filled = {k: torch.from_numpy(weights(k, tuple(v.shape))) for k, v in state.items()}
    missing, unexpected = model.load_state_dict(filled, strict=False)
    assert all(k.endswith("num_batches_tracked") for k in missing) and not unexpected
    with torch.no_grad():
        logits = model(torch.from_numpy(images).permute(0, 3, 1, 2))
    print(name, sum(p.numel() for p in model.parameters()), logits.std(), logits.abs().max())
    tensors[f"{name}/logits"] = logits.numpy().astype(np.float32)

save_file(tensors, __file__.replace("make_torchvision.py", "torchvision.safetensors"))
