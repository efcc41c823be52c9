# Makes torch.safetensors: layers and functions of PyTorch that Flax doesn't have, computed in f64, channels last; and
# torch_gru.safetensors, a state dict of `nn.GRU` as PyTorch names it, with `case/<array>` of a run.
# Python 3.11; pip install torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 safetensors==0.8.0

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from safetensors.numpy import save_file
from torch import nn
from torch_recorder import channels_first, channels_last, image, keep, numbers, record, save
from torchvision.models.efficientnet import MBConv, MBConvConfig

record("pixel shuffle", image(nn.PixelShuffle(2)), [numbers(2, 3, 2, 12)])
record("pixel unshuffle", image(nn.PixelUnshuffle(2)), [numbers(2, 6, 4, 3)])

for mode, shape, sizes, antialias in (
    ("linear", (2, 7, 2), (12,), False),
    ("linear", (2, 7, 2), (3,), False),
    ("bilinear", (1, 5, 8, 2), (9, 5), False),
    ("bilinear", (1, 5, 8, 2), (2, 11), True),
    ("trilinear", (1, 3, 4, 5, 1), (5, 2, 7), False),
    ("bicubic", (1, 5, 8, 2), (9, 5), False),
    ("bicubic", (1, 5, 8, 2), (2, 3), False),
    ("bicubic", (1, 1, 2, 2), (4, 5), False),
    ("bicubic", (1, 5, 8, 2), (9, 3), True),
):
    name = f"resize {mode} antialias={antialias} {'x'.join(map(str, sizes))}".lower()
    resize = lambda x: F.interpolate(x, sizes, mode=mode, align_corners=False, antialias=antialias)
    record(name, image(resize), [numbers(*shape)])

record(
    "prelu",
    lambda inputs, weights: channels_last(
        F.prelu(channels_first(inputs[0]), weights["negative_slope"])
    ),
    [numbers(2, 3, 4)],
    {"negative_slope": numbers(4, offset=50)},
)

# The kernel of PyTorch is (In, Out, ..); the option OutIn has (.., Out, In).
for stride, padding, output_padding, dilation in (2, 1, 1, 1), (3, 0, 2, 1), (2, 2, 1, 2):
    record(
        f"conv_transpose stride={stride} padding={padding} output_padding={output_padding} "
        f"dilation={dilation}",
        lambda inputs, weights: channels_last(
            F.conv_transpose2d(
                channels_first(inputs[0]),
                weights["kernel"].permute(3, 2, 0, 1),
                weights["bias"],
                stride,
                padding,
                output_padding,
                1,
                dilation,
            )
        ),
        [numbers(2, 4, 3, 2)],
        {"kernel": numbers(3, 3, 5, 2, offset=100), "bias": numbers(5, offset=300)},
    )

indices = torch.tensor([6, 0, 3, 3, 5, 0, 1, 6, 2, 4, 4, 5])
table = {"embedding": numbers(7, 4, offset=20)}
for mode in "sum", "mean", "max":
    record(
        f"embedding bag {mode}",
        lambda inputs, weights: F.embedding_bag(inputs[0], weights["embedding"], mode=mode),
        [indices.reshape(3, 4)],
        table,
    )
    record(
        f"embedding bag {mode} offsets",
        lambda inputs, weights: F.embedding_bag(
            inputs[0], weights["embedding"], inputs[1], mode=mode
        ),
        [indices, torch.tensor([0, 5, 5, 6, 12])],
        table,
    )


def block(name, module, shape):
    """A block of torchvision in training mode, with hashed weights; convolutions in the order of nnx."""
    module = module.double().train()
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for i, (path, p) in enumerate(parameters.items()):
            p.copy_(numbers(*p.shape, offset=1000 * i + 17) / 2 + (1.0 if p.dim() == 1 else 0.0))
    x = numbers(*shape).requires_grad_()
    output = channels_last(module(channels_first(x)))
    cotangent = numbers(*output.shape, offset=7919)
    (output * cotangent).sum().backward()
    for what, tensor in {"output": output, "cotangent": cotangent, "input": x}.items():
        keep(f"{name}/{what}", tensor)
    keep(f"{name}/input gradient", x.grad)
    for path, p in parameters.items():
        keep(f"{name}/weight/{path}", p)
        keep(f"{name}/gradient/{path}", p.grad)


block("squeeze excite", torchvision.ops.SqueezeExcitation(6, 3), (2, 4, 3, 6))
for ratio, out, stride in (4, 8, 1), (4, 16, 2), (1, 16, 1):
    setting = MBConvConfig(ratio, 3, stride, 8, out, 1)
    block(f"mb conv {ratio} {stride}", MBConv(setting, 0.0, nn.BatchNorm2d), (2, 5, 4, 8))

save(__file__)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True)


torch.manual_seed(0)
model = Model()
state = {k: v.numpy() for k, v in model.state_dict().items()}
model = model.double()
x = numbers(2, 5, 3).requires_grad_()
output, _ = model.gru(x)
cotangent = numbers(2, 5, 4, offset=7919)
(output * cotangent).sum().backward()
case = {"input": x, "output": output, "cotangent": cotangent, "input gradient": x.grad}
case |= {f"gradient/{k}": p.grad for k, p in model.named_parameters()}
case = {f"case/{k}": v.detach().contiguous().numpy().astype(np.float32) for k, v in case.items()}
save_file(state | case, __file__.replace("make_torch.py", "torch_gru.safetensors"))
