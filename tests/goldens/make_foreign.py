# Makes files of weights as other libraries write them, with what these compute from them: torch_layers.safetensors (a
# state dict of PyTorch), torch_save.pt, gpt2.safetensors and vit.safetensors (Hugging Face's transformers, `save_pretrained`),
# flax_state.npz (Flax NNX and np.savez), elements.npz and elements.safetensors (all types of elements).
# Results are in foreign.safetensors. It also reads export.npz and export.safetensors, which nnx has written
# (tests/io/export.rs), with NumPy and PyTorch.

import logging
import shutil
import tempfile
import zipfile

import ml_dtypes
import numpy as np
import torch
from flax import nnx
from jax import numpy as jnp
from safetensors.numpy import save_file
from safetensors.torch import load_file as load_torch
from safetensors.torch import save_file as save_torch
from torch import nn

logging.disable(logging.WARNING)
here = __file__.replace("make_foreign.py", "")
results = {}


def numbers(*shape, offset=0):
    """Within -1 to 1: hashed indices, as in recorder.py, in f32."""
    index = np.arange(offset, offset + int(np.prod(shape, dtype=int)), dtype=np.uint64)
    hashed = (index * 2654435761 % 2**32).astype(np.float64) / 2**31 - 1
    return hashed.astype(np.float32).reshape(shape)


def savez(file, arrays, compressed=False):
    """As np.savez, but without the time of day."""
    with zipfile.ZipFile(here + file, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(name + ".npy")
            info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array)


# Every layer of a state dict.


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)
        self.conv1 = nn.Conv1d(3, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, (3, 2), groups=2)
        self.conv3 = nn.Conv3d(2, 3, 2)
        self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)
        self.batch = nn.BatchNorm2d(4)
        self.layer = nn.LayerNorm(4)
        self.group = nn.GroupNorm(2, 4)
        self.instance = nn.InstanceNorm2d(4, affine=True)
        self.rms = nn.RMSNorm(4, eps=1e-6)
        self.embed = nn.Embedding(7, 4)
        self.prelu = nn.PReLU(4)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.cross = nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True)
        self.lstm = nn.LSTM(3, 4, num_layers=2, batch_first=True)
        self.both = nn.LSTM(3, 4, bidirectional=True, batch_first=True)
        self.gates = nn.LSTM(3, 4, batch_first=True)
        self.gru = nn.GRU(3, 4, batch_first=True)
        self.rnn = nn.RNN(3, 4, batch_first=True)
        self.steps = nn.ModuleList([nn.LSTMCell(3, 4), nn.LSTMCell(4, 4)])
        self.token = nn.Parameter(torch.empty(1, 4))


net = Net().eval()
with torch.no_grad():
    for i, (name, p) in enumerate(net.state_dict().items()):
        if p.dtype == torch.float32:
            p.copy_(torch.from_numpy(numbers(*p.shape, offset=1000 * i)))
            if name.endswith("running_var") or p.dim() == 1 and name.endswith(".weight"):
                p.add_(1.5)
save_torch(net.state_dict(), here + "torch_layers.safetensors")
# A pickle, which is refused.
torch.save({"kernel": torch.from_numpy(numbers(2, 3))}, here + "torch_save.pt")
net = net.double()


def first(x, last):
    """Channels first, or last."""
    return x.movedim(-1, 1) if not last else x.movedim(1, -1)


def keep(name, output, *inputs):
    for i, x in enumerate(inputs):
        results[f"torch/{name}/input/{i}"] = x.numpy().astype(np.float32)
    results[f"torch/{name}/output"] = np.ascontiguousarray(output.detach().numpy().astype(np.float32))


def x(*shape):
    return torch.from_numpy(numbers(*shape, offset=77)).double()


keep("linear", net.linear(x(2, 3)), x(2, 3))
for name, shape in {
    "conv1": (2, 5, 3),
    "conv2": (2, 5, 4, 4),
    "conv3": (1, 3, 4, 3, 2),
    "up": (2, 3, 4, 4),
    "batch": (2, 3, 2, 4),
    "group": (2, 3, 2, 4),
    "instance": (2, 3, 2, 4),
    "prelu": (2, 3, 4),
}.items():
    keep(name, first(getattr(net, name)(first(x(*shape), False)), True), x(*shape))
for name in "layer", "rms":
    keep(name, getattr(net, name)(x(2, 4)), x(2, 4))
keep("embed", net.embed(torch.tensor([0, 6, 3])))
a, b = x(2, 3, 8), x(2, 5, 6)
keep("attention", net.attention(a, a, a, need_weights=False)[0], a)
keep("cross", net.cross(a, b, b, need_weights=False)[0], a, b)
for name in "lstm", "both", "gates", "gru", "rnn":
    keep(name, getattr(net, name)(x(2, 5, 3))[0], x(2, 5, 3))
h = c = torch.zeros(2, 4, dtype=torch.float64)
h, c = net.steps[0](x(2, 3), (h, c))
keep("steps", torch.stack(net.steps[1](h, (h, c))), x(2, 3))

# Models of Hugging Face.

from transformers import GPT2Config, GPT2LMHeadModel, ViTConfig, ViTForImageClassification  # noqa: E402

torch.manual_seed(0)
gpt2 = GPT2LMHeadModel(
    GPT2Config(vocab_size=37, n_positions=12, n_embd=24, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0)
).eval()
vit = ViTForImageClassification(
    ViTConfig(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, image_size=16, patch_size=4,
        num_labels=5,
    )
).eval()
for name, model in {"gpt2": gpt2, "vit": vit}.items():
    with torch.no_grad():
        for p in model.parameters():
            # Further from their start, so that every part counts.
            p.add_(torch.randn(p.shape) * 0.1)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        shutil.copyfile(f"{folder}/model.safetensors", f"{here}{name}.safetensors")
tokens = torch.from_numpy((numbers(2, 9, offset=5) * 1000).astype(np.int64) % 37)
images = torch.from_numpy(numbers(2, 16, 16, 3, offset=9)).double()
with torch.no_grad():
    results["gpt2/tokens"] = tokens.numpy().astype(np.int32)
    results["gpt2/logits"] = gpt2.double()(tokens).logits.numpy().astype(np.float32)
    results["vit/images"] = images.numpy().astype(np.float32)
    results["vit/logits"] = vit.double()(first(images, False)).logits.numpy().astype(np.float32)

# A state of Flax.


class Flax(nnx.Module):
    def __init__(self, rngs):
        self.layers = nnx.List([nnx.Linear(3, 4, rngs=rngs), nnx.Linear(4, 4, rngs=rngs)])
        self.norm = nnx.BatchNorm(4, use_running_average=True, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, deterministic=True, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, 4, decode=False, rngs=rngs)
        self.rnn = nnx.RNN(nnx.OptimizedLSTMCell(4, 4, rngs=rngs), rngs=rngs)

    def __call__(self, x):
        for layer in self.layers:
            x = self.dropout(layer(x))
        return self.rnn(self.attention(self.norm(x)))


flax = Flax(nnx.Rngs(3))
flax.norm.mean[...] = jnp.asarray(numbers(4))
arrays = {"dropout/rngs/count": np.uint32(0)}
for kind in nnx.Param, nnx.BatchStat:
    flat = nnx.to_flat_state(nnx.state(flax, kind))
    arrays |= {"/".join(map(str, path)): np.asarray(value[...]) for path, value in flat}
savez("flax_state.npz", arrays, compressed=True)
results["flax/input"] = numbers(2, 5, 3, offset=4)
results["flax/output"] = np.asarray(flax(jnp.asarray(results["flax/input"])))

# Elements of every type.

floats = np.concatenate(
    [numbers(20, offset=3) * 2.0 ** np.arange(-30, 10, 2), [0.0, -0.0, np.inf, -np.inf, np.nan, 65504, 1e-7, 6e-8]]
).astype(np.float32)
integers = {t: np.array([np.iinfo(t).min, 0, 1, 100, np.iinfo(t).max], t) for t in
            ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]}
small = {f"{t} small": np.array([0, 1, 100], t) for t in integers}
npz = {"f2": floats.astype("f2"), "f4": floats, "f8": floats.astype("f8"), "b1": np.array([True, False])}
npz |= integers | small
big = {f"{name} big": array.astype(array.dtype.newbyteorder(">")) for name, array in npz.items()}
shaped = {
    "fortran": np.asfortranarray(numbers(2, 3, 4)),
    "fortran big": np.asfortranarray(numbers(2, 3, 4).astype(">f8")),
    "c": numbers(2, 3, 4),
    "scalar": np.float32(2.5),
    "empty": np.zeros((0, 3), np.float32),
    "text": np.array(["a", "b"]),
    "complex": np.array([1j]),
    "bfloat16": floats.astype(ml_dtypes.bfloat16),
    "axes": np.zeros((1,) * 9, np.float32),
}
savez("elements.npz", npz | big | shaped)
np.save(here + "elements.npy", shaped["fortran big"])
half = torch.from_numpy(floats)
torches = {"f16": half.half(), "bf16": half.bfloat16(), "f32": half, "f64": half.double()}
torches |= {name: torch.from_numpy(array) for name, array in (integers | small).items()}
torches["f8"] = half[:20].to(torch.float8_e4m3fn)
save_torch(torches, here + "elements.safetensors")
for name in "f16", "bf16":
    results[f"elements/{name}"] = torches[name].float().numpy()
results["elements/f32"] = floats

save_file(results, here + "foreign.safetensors")

# What nnx has written.

ours = np.load(here + "export.npz")
assert sorted(ours) == ["count", "flags", "half", "indices", "matrix", "scalar", "wide"], sorted(ours)
np.testing.assert_array_equal(ours["matrix"], np.arange(6, dtype=np.float32).reshape(2, 3) / 2)
np.testing.assert_array_equal(ours["wide"], np.array([0.1, -np.inf, np.nan]))
np.testing.assert_array_equal(ours["indices"], np.array([-(2**40), 3]))
np.testing.assert_array_equal(ours["flags"], np.array([True, False, True]))
np.testing.assert_array_equal(ours["half"], floats)
assert {name: str(ours[name].dtype) for name in ours} == {
    "count": "uint32", "flags": "bool", "half": "float32", "indices": "int64", "matrix": "float32", "scalar": "float32",
    "wide": "float64",
}
assert ours["scalar"].shape == () and ours["scalar"] == 2.5 and ours["count"].tolist() == [7]
halves = np.load(here + "export_f16.npz")
np.testing.assert_array_equal(halves["half"], floats.astype("f2"))
assert halves["half"].dtype == np.float16 and halves["indices"].dtype == np.int64
for file, dtype in {"export_f16": torch.float16, "export_bf16": torch.bfloat16}.items():
    tensors = load_torch(f"{here}{file}.safetensors")
    assert tensors["half"].dtype == dtype and tensors["indices"].dtype == torch.int64
    assert torch.equal(tensors["half"].nan_to_num(7), half.to(dtype).nan_to_num(7))
print("NumPy and PyTorch read what nnx wrote")
