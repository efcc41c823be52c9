# Makes unfold.safetensors: the windows of images as vectors, and their sum back into images, of PyTorch.
# Python 3.11; pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0
#
# `<case>/rows` are the windows of `image` (2, 7, 6, 3), channels last, in nnx's order: points, then channels. PyTorch has
# channels, then points. `<case>/image` is the sum of these windows.

import numpy as np
import torch
import torch.nn.functional as F
from pathlib import Path
from safetensors.numpy import save_file

image = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 7, 6, 3)).astype(np.float32))
tensors = {"image": image.numpy()}
for kernel, stride, dilation, padding in [
    ((2, 3), (1, 1), (1, 1), (0, 0)),
    ((3, 3), (2, 1), (1, 1), (1, 1)),
    ((2, 2), (2, 3), (2, 1), (1, 0)),
    ((1, 1), (3, 2), (1, 1), (0, 0)),
]:
    options = dict(kernel_size=kernel, stride=stride, dilation=dilation, padding=padding)
    rows = F.unfold(image.permute(0, 3, 1, 2), **options)
    counts = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, d, p in zip((7, 6), kernel, stride, dilation, padding)]
    folded = F.fold(rows, (7, 6), **options).permute(0, 2, 3, 1)
    rows = rows.reshape(2, 3, kernel[0] * kernel[1], *counts).permute(0, 3, 4, 2, 1).reshape(2, *counts, -1)
    name = " ".join("x".join(map(str, pair)) for pair in (kernel, stride, dilation, padding))
    tensors[f"{name}/rows"] = np.ascontiguousarray(rows.numpy())
    tensors[f"{name}/image"] = np.ascontiguousarray(folded.numpy())
save_file(tensors, Path(__file__).resolve().parent / "unfold.safetensors")
