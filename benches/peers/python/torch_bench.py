"""torch CPU peer. Variants: eager (NCHW), cl (channels_last), compile (torch.compile, channels_last for conv models)."""

import torch, torch.nn as nn, torch.nn.functional as F, harness as H, torch_models, torch_operations

from roofline import DECODED

torch.manual_seed(0)


class SimpleCNN(nn.Module):
    def __init__(s):
        super().__init__()
        s.c1 = nn.Conv2d(1, 32, 3, padding=1)
        s.c2 = nn.Conv2d(32, 64, 3, padding=1)
        s.d1 = nn.Linear(3136, 128)
        s.d2 = nn.Linear(128, 10)

    def forward(s, x):
        x = F.max_pool2d(F.relu(s.c1(x)), 2)
        x = F.max_pool2d(F.relu(s.c2(x)), 2)
        return s.d2(F.relu(s.d1(x.flatten(1))))


class Block(nn.Module):
    def __init__(s, c):
        super().__init__()
        s.c1 = nn.Conv2d(c, c, 3, padding=1)
        s.b1 = nn.BatchNorm2d(c, eps=1e-5)
        s.c2 = nn.Conv2d(c, c, 3, padding=1)
        s.b2 = nn.BatchNorm2d(c, eps=1e-5)

    def forward(s, x):
        o = F.relu(s.b1(s.c1(x)))
        o = s.b2(s.c2(o))
        return F.relu(o + x)


class ResNet(nn.Module):
    def __init__(s):
        super().__init__()
        s.c1 = nn.Conv2d(3, 64, 7, 2, padding=3)
        s.b1 = nn.BatchNorm2d(64)
        s.blocks = nn.Sequential(*[Block(64) for _ in range(3)])
        s.fc = nn.Linear(64, 10)

    def forward(s, x):
        x = F.max_pool2d(F.relu(s.b1(s.c1(x))), 3, 2)
        return s.fc(s.blocks(x).mean((2, 3)))


class TB(nn.Module):
    def __init__(s, sdpa=True):
        super().__init__()
        s.qkv = nn.Linear(256, 768)
        s.proj = nn.Linear(256, 256)
        s.f1 = nn.Linear(256, 1024)
        s.f2 = nn.Linear(1024, 256)
        s.n1 = nn.LayerNorm(256, 1e-6)
        s.n2 = nn.LayerNorm(256, 1e-6)

    def forward(s, x):
        b = x.shape[0]
        q, k, v = s.qkv(s.n1(x)).view(b, 128, 3, 8, 32).permute(2, 0, 3, 1, 4)
        o = torch.softmax((q @ k.transpose(-2, -1)) * 32**-0.5, -1) @ v
        x = x + s.proj(o.transpose(1, 2).reshape(b, 128, 256))
        return x + s.f2(F.gelu(s.f1(s.n2(x)), approximate="tanh"))


def build(model, b):
    if model == "mlp":
        return nn.Sequential(
            nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
        ), torch.randn(b, 784)
    if model == "cnn":
        return SimpleCNN(), torch.randn(b, 1, 28, 28)
    if model == "resnet32":
        return ResNet(), torch.randn(b, 3, 32, 32)
    if model == "resnet224":
        return ResNet(), torch.randn(b, 3, 224, 224)
    if model == "tb":
        return TB(), torch.randn(b, 128, 256)
    return torch_models.build(model, b)


def on_images(train, name, sizes, channels_last):
    net, x = torch_models.layer(name, sizes)
    memory = torch.channels_last_3d if len(sizes) == 5 else torch.channels_last
    if channels_last:
        net, x = net.to(memory_format=memory), x.to(memory_format=memory)
    x.requires_grad_(train)

    def infer():
        with torch.inference_mode():
            net(x)

    def gradients():
        x.grad = None
        net.zero_grad(set_to_none=True)
        net(x).square().mean().backward()

    return 0, gradients if train else infer


def conv(part, d, v):
    if v == "compile":
        return None
    n, h, ww, ci, co, k, s = d
    x, wt, bias = torch.randn(n, ci, h, ww), torch.randn(co, ci, k, k), torch.randn(co)
    if v == "cl":
        x, wt = (z.to(memory_format=torch.channels_last) for z in (x, wt))
    if part == "y":

        def f():
            with torch.inference_mode():
                F.conv2d(x, wt, bias, s, k // 2)

    else:
        dy = torch.randn_like(F.conv2d(x, wt, bias, s, k // 2))
        wanted = [part == "dx", part == "dk", False]

        def f():
            torch.ops.aten.convolution_backward(
                dy, x, wt, None, [s, s], [k // 2, k // 2], [1, 1], False, [0, 0], 1, wanted
            )

    return H.conv_flops(d), f


def layer(name, sizes):
    x = torch.randn(*sizes)
    if name == "adam":
        p = nn.Parameter(x)
        p.grad = torch.randn(*sizes)
        opt = torch.optim.Adam([p], 1e-3)
        return 0, opt.step
    if name == "cross_entropy":
        y = torch.randint(0, sizes[1], (sizes[0],))
        x.requires_grad_()

        def f():
            x.grad = None
            F.cross_entropy(x, y).backward()

        return 0, f
    if name in ("batch_norm", "max_pool"):
        x = x.permute(0, 3, 1, 2)
    norm = nn.BatchNorm2d(sizes[-1])
    call = {
        "softmax": lambda: torch.softmax(x, -1),
        "layer_norm": lambda: F.layer_norm(x, sizes[-1:], norm.weight, norm.bias, 1e-6),
        "gelu": lambda: F.gelu(x, approximate="tanh"),
        "batch_norm": lambda: norm(x),
        "max_pool": lambda: F.max_pool2d(x, 2),
    }[name]

    def f():
        with torch.no_grad():
            call()

    return 0, f


def loss(model, y, x):
    if model == "gpt10m":
        return F.cross_entropy(y.flatten(0, 1), x.flatten())
    if model in ("mlp", "cnn", "resnet32", "resnet224"):
        return F.cross_entropy(y, torch.arange(len(y)) % 10)
    return y.square().mean()


def make(w, v, t):
    d = H.gemm_dims(w)
    if d:
        if v != "eager":
            return None
        m, k, n = d
        a, b, c = torch.randn(m, k), torch.randn(k, n), torch.empty(m, n)

        def f():
            with torch.inference_mode():
                torch.mm(a, b, out=c)

        return 2.0 * m * k * n, f
    d = H.conv_dims(w)
    if d:
        return conv(*d, v)
    d = H.layer_dims(w)
    if d:
        return layer(*d) if v == "eager" else None
    d = H.image_dims(w)
    if d:
        return None if v == "compile" else on_images(*d, v == "cl")
    d = H.operation_dims(w)
    if d:
        return torch_operations.make(*d) if v == "eager" else None
    kind, model, b = H.model_dims(w)
    net, x = build(model, b)
    images = x.dim() == 4
    if v == "cl" and not images:
        return None
    if images and v in ("cl", "compile"):
        net = net.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    fl = H.model_flops(kind, model, b)
    if kind == "decode":
        net.eval()

        def f():
            with torch.inference_mode():
                net.decode(x[:, :1], DECODED)

        return (0, f) if v == "eager" else None
    if kind == "infer":
        net.eval()
        g = torch.compile(net) if v == "compile" else net

        def f():
            with torch.inference_mode():
                g(x)

        return fl, f
    net.train()
    opt = torch.optim.Adam(net.parameters(), 1e-3)  # default = foreach on CPU: single-tensor loop
    g = torch.compile(net) if v == "compile" else net

    def f():
        opt.zero_grad(set_to_none=True)
        loss(model, g(x), x).backward()
        opt.step()

    return fl, f


def setup(t):
    torch.set_num_threads(t)


if __name__ == "__main__":
    H.main(["eager", "cl", "compile"], make, setup)
