# Makes torch_nn.safetensors and torch_decoder.safetensors: more layers of PyTorch that Flax doesn't have, see torch_recorder.py for what is kept of each.
# Python 3.11; pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from torch import nn
from torch_recorder import channels_first, channels_last, image, keep, numbers, record, save

for name, module, shape in (
    ("zeros 1", nn.ZeroPad1d((2, 1)), (2, 5, 3)),
    ("constant 2", nn.ConstantPad2d((2, 0, 1, 3), 1.5), (2, 4, 3, 2)),
    ("reflect 2", nn.ReflectionPad2d((2, 1, 1, 3)), (2, 4, 3, 2)),
    ("edge 3", nn.ReplicationPad3d((1, 2, 0, 1, 2, 0)), (1, 2, 3, 4, 2)),
    ("wrap 2", nn.CircularPad2d((2, 1, 1, 3)), (2, 4, 3, 2)),
):
    record(f"pad {name}", image(module), [numbers(*shape)])

for size, options, shape in (
    (5, {}, (2, 3, 4, 7)),
    (3, dict(alpha=2.0, beta=0.5, k=0.3), (2, 5, 4)),
    (4, dict(alpha=1.0), (2, 3, 6)),
    (9, dict(alpha=3.0), (1, 2, 3)),
):
    record(f"local response {size}", image(nn.LocalResponseNorm(size, **options)), [numbers(*shape)])

for leading in (2,), (2, 3):
    record(
        f"bilinear rank={len(leading) + 1}",
        lambda inputs, weights: F.bilinear(*inputs, weights["kernel"].permute(2, 1, 0), weights["bias"]),
        [numbers(*leading, 4), numbers(*leading, 3, offset=40)],
        {"kernel": numbers(3, 4, 5, offset=100), "bias": numbers(5, offset=300)},
    )

record("channel shuffle", image(nn.ChannelShuffle(3)), [numbers(2, 4, 3, 6)])

# Positive inputs: for other numbers an odd norm may be NaN.
positive = numbers(2, 4, 6, 3) / 2 + 0.6
record("lp pool 1", image(nn.LPPool2d(1, 2)), [numbers(2, 4, 6, 3)])
record("lp pool 2", image(nn.LPPool2d(2, (2, 3), stride=1)), [numbers(2, 4, 6, 3)])
record("lp pool 3", image(nn.LPPool2d(3, 2)), [positive])
record("lp pool 1.5", image(nn.LPPool1d(1.5, 3, stride=2)), [positive[0]])

for name, pool, unpool, shape in (
    ("1", nn.MaxPool1d(2), nn.MaxUnpool1d(2), (2, 6, 3)),
    ("2", nn.MaxPool2d((2, 3)), nn.MaxUnpool2d((2, 3)), (2, 5, 7, 3)),
    ("3", nn.MaxPool3d(2), nn.MaxUnpool3d(2), (1, 4, 2, 4, 2)),
):
    pool.return_indices = True
    x = channels_first(numbers(*shape))
    indices = pool(x)[1]
    keep(f"max unpool {name}/indices", channels_last(indices))
    record(
        f"max unpool {name}",
        image(lambda x: unpool(*pool(x), output_size=x.shape[2:])),
        [numbers(*shape)],
    )

save(__file__)

# torch_decoder.safetensors: the state dict of a pre-norm decoder layer, with `case/<array>` of a run.
decoder = nn.TransformerDecoderLayer(
    8, 2, 12, dropout=0.0, activation=lambda x: F.gelu(x, approximate="tanh"), layer_norm_eps=1e-6,
    batch_first=True, norm_first=True,
).double()
with torch.no_grad():
    for i, (path, p) in enumerate(decoder.named_parameters()):
        p.copy_(numbers(*p.shape, offset=1000 * i + 17) / 2 + (1.0 if "norm" in path and "weight" in path else 0.0))
x, context = numbers(2, 5, 8).requires_grad_(), numbers(2, 3, 8, offset=90).requires_grad_()
output = decoder(x, context, tgt_mask=nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64))
cotangent = numbers(2, 5, 8, offset=7919)
(output * cotangent).sum().backward()
case = {"x": x, "context": context, "output": output, "cotangent": cotangent, "gradient/x": x.grad, "gradient/context": context.grad}
case |= {f"gradient/{path}": p.grad for path, p in decoder.named_parameters()}
arrays = decoder.state_dict() | {f"case/{what}": array for what, array in case.items()}
arrays = {k: v.detach().contiguous().numpy().astype(np.float32) for k, v in arrays.items()}
save_file(arrays, __file__.replace("make_torch_nn.py", "torch_decoder.safetensors"))
