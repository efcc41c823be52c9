"""The larger models, as nnx-models has them, in PyTorch; images are (B, C, H, W)."""

import torch, torch.nn as nn, torch.nn.functional as F


def conv_norm(i, o, k, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(i, o, k, stride, padding=k // 2, groups=groups, bias=False), nn.BatchNorm2d(o)
    )


class Basic(nn.Module):
    def __init__(s, i, o, stride):
        super().__init__()
        s.a, s.b = conv_norm(i, o, 3, stride), conv_norm(o, o, 3)
        s.short = nn.Identity() if i == o else conv_norm(i, o, 1, stride)

    def forward(s, x):
        return F.relu(s.b(F.relu(s.a(x))) + s.short(x))


class ResNet18(nn.Module):
    def __init__(s):
        super().__init__()
        s.stem = conv_norm(3, 64, 7, 2)
        widths = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1)]
        s.blocks = nn.Sequential(*[Basic(*w) for w in widths + [(256, 512, 2), (512, 512, 1)]])
        s.fc = nn.Linear(512, 1000)

    def forward(s, x):
        x = F.max_pool2d(F.relu(s.stem(x)), 3, 2, 1)
        return s.fc(s.blocks(x).mean((2, 3)))


class Attention(nn.Module):
    def __init__(s, d, heads, causal):
        super().__init__()
        s.qkv, s.out, s.heads, s.causal = nn.Linear(d, 3 * d), nn.Linear(d, d), heads, causal

    def forward(s, x, cache=None):
        b, t, d = x.shape
        q, k, v = s.qkv(x).view(b, t, 3, s.heads, d // s.heads).permute(2, 0, 3, 1, 4)
        if cache is not None:
            keys, values, at = cache
            keys[:, :, at : at + t], values[:, :, at : at + t] = k, v
            k, v = keys[:, :, : at + t], values[:, :, : at + t]
        o = F.scaled_dot_product_attention(q, k, v, is_causal=s.causal and t > 1)
        return s.out(o.transpose(1, 2).reshape(b, t, d))


class Block(nn.Module):
    def __init__(s, d, heads, causal):
        super().__init__()
        s.n1, s.n2 = nn.LayerNorm(d, 1e-6), nn.LayerNorm(d, 1e-6)
        s.attention = Attention(d, heads, causal)
        s.f1, s.f2, s.gelu = nn.Linear(d, 4 * d), nn.Linear(4 * d, d), "tanh" if causal else "none"

    def forward(s, x, cache=None):
        x = x + s.attention(s.n1(x), cache)
        return x + s.f2(F.gelu(s.f1(s.n2(x)), approximate=s.gelu))


class ViT(nn.Module):
    """ViT-S/16 for images of 224 x 224."""

    def __init__(s, d=384, heads=6, depth=12):
        super().__init__()
        s.patches = nn.Conv2d(3, d, 16, 16)
        s.cls, s.positions = nn.Parameter(torch.zeros(1, 1, d)), nn.Parameter(torch.randn(1, 197, d) * 0.02)
        s.blocks = nn.Sequential(*[Block(d, heads, False) for _ in range(depth)])
        s.norm, s.head = nn.LayerNorm(d, 1e-6), nn.Linear(d, 1000)

    def forward(s, x):
        x = s.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([s.cls.expand(x.shape[0], -1, -1), x], 1) + s.positions
        return s.head(s.norm(s.blocks(x))[:, 0])


class Gpt(nn.Module):
    """Logits of the next token; the head has the weights of the embedding."""

    def __init__(s, vocabulary=65, context=256, d=384, heads=6, depth=6):
        super().__init__()
        s.tokens, s.positions = nn.Embedding(vocabulary, d), nn.Embedding(context, d)
        s.blocks = nn.ModuleList([Block(d, heads, True) for _ in range(depth)])
        s.norm, s.context, s.heads = nn.LayerNorm(d, 1e-6), context, heads

    def forward(s, x, caches=None, at=0):
        y = s.tokens(x) + s.positions.weight[at : at + x.shape[1]]
        for i, block in enumerate(s.blocks):
            y = block(y, None if caches is None else (*caches[i], at))
        return F.linear(s.norm(y), s.tokens.weight)

    def decode(s, x, steps):
        shape = (x.shape[0], s.heads, s.context, s.norm.weight.shape[0] // s.heads)
        caches = [(torch.zeros(shape), torch.zeros(shape)) for _ in s.blocks]
        for at in range(steps):
            s(x, caches, at)


class ChannelsNorm(nn.LayerNorm):
    """Layer norm of the channels of (B, C, H, W)."""

    def forward(s, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class NextBlock(nn.Module):
    def __init__(s, c):
        super().__init__()
        s.depthwise, s.norm = nn.Conv2d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c, 1e-6)
        s.f1, s.f2, s.scale = nn.Linear(c, 4 * c), nn.Linear(4 * c, c), nn.Parameter(torch.full((c,), 1e-6))

    def forward(s, x):
        y = s.norm(s.depthwise(x).permute(0, 2, 3, 1))
        return x + (s.f2(F.gelu(s.f1(y))) * s.scale).permute(0, 3, 1, 2)


class ConvNext(nn.Module):
    """ConvNeXt-T."""

    def __init__(s, c=96, depths=(3, 3, 9, 3)):
        super().__init__()
        stages = [nn.Conv2d(3, c, 4, 4), ChannelsNorm(c, 1e-6)]
        for i, depth in enumerate(depths):
            w = c << i
            if i > 0:
                stages += [ChannelsNorm(w // 2, 1e-6), nn.Conv2d(w // 2, w, 2, 2)]
            stages += [NextBlock(w) for _ in range(depth)]
        s.stages, s.norm, s.head = nn.Sequential(*stages), nn.LayerNorm(8 * c, 1e-6), nn.Linear(8 * c, 1000)

    def forward(s, x):
        return s.head(s.norm(s.stages(x).mean((2, 3))))


class Level(nn.Module):
    """A level of a U-Net: `inner` maps c to 2 c channels at half the size."""

    def __init__(s, i, c, inner):
        super().__init__()
        pair = lambda i: nn.Sequential(conv_norm(i, c, 3), nn.ReLU(), conv_norm(c, c, 3), nn.ReLU())
        s.contract, s.inner, s.up, s.expand = pair(i), inner, nn.Conv2d(2 * c, c, 2), pair(2 * c)

    def forward(s, x):
        skip = s.contract(x)
        y = F.interpolate(s.inner(F.max_pool2d(skip, 2)), scale_factor=2, mode="nearest")
        return s.expand(torch.cat([skip, s.up(F.pad(y, (0, 1, 0, 1)))], 1))


def unet(c):
    inner = nn.Sequential(
        conv_norm(8 * c, 16 * c, 3), nn.ReLU(), conv_norm(16 * c, 16 * c, 3), nn.ReLU()
    )
    for i, w in ((4 * c, 8 * c), (2 * c, 4 * c), (c, 2 * c), (3, c)):
        inner = Level(i, w, inner)
    return nn.Sequential(inner, nn.Conv2d(c, 2, 1))


class MbConv(nn.Module):
    """The inverted bottleneck of EfficientNet, with its skip connection."""

    def __init__(s, c=40, ratio=6, k=5):
        super().__init__()
        w = c * ratio
        s.expand, s.depthwise = conv_norm(c, w, 1), conv_norm(w, w, k, groups=w)
        s.squeeze, s.excite, s.project = nn.Conv2d(w, c // 4, 1), nn.Conv2d(c // 4, w, 1), conv_norm(w, c, 1)

    def forward(s, x):
        y = F.silu(s.depthwise(F.silu(s.expand(x))))
        y = y * torch.sigmoid(s.excite(F.silu(s.squeeze(y.mean((2, 3), keepdim=True)))))
        return x + s.project(y)


def build(model, b):
    """The model of this name and a batch of inputs; None if there is none."""
    tokens = lambda: torch.arange(b * 128).mul(31).remainder(65).view(b, 128)
    size = {"unet16": 128, "unet64": 128}.get(model, 224)
    x = tokens() if model == "gpt10m" else torch.randn(b, 3, size, size)
    if model == "mbconv":
        x = torch.randn(b, 40, 28, 28)
    make = {
        "resnet18": ResNet18, "vits": ViT, "convnext": ConvNext, "unet16": lambda: unet(16),
        "unet64": lambda: unet(64), "mbconv": MbConv, "gpt10m": Gpt,
    }  # fmt: skip
    return (make[model](), x) if model in make else None


def layer(name, sizes):
    """A layer on images or volumes, and its input with channels last in memory: `depthwise7`, (8, 56, 56, 96)."""
    c = sizes[-1]
    x = torch.randn(sizes[0], c, *sizes[1:-1])
    net = {
        "grouped3": lambda: nn.Conv2d(c, c, 3, padding=1, groups=32),
        "depthwise3": lambda: nn.Conv2d(c, c, 3, padding=1, groups=c),
        "depthwise3s2": lambda: nn.Conv2d(c, c, 3, 2, padding=1, groups=c),
        "depthwise7": lambda: nn.Conv2d(c, c, 7, padding=3, groups=c),
        "conv3": lambda: nn.Conv2d(c, c, 3, padding=1),
        "conv5": lambda: nn.Conv2d(c, c, 5, padding=2),
        "conv3d": lambda: nn.Conv3d(c, c, 3, padding=1),
        "conv_transpose2": lambda: nn.ConvTranspose2d(c, c, 2, 2),
        "avg_pool": lambda: nn.AvgPool2d(2),
        "group_norm": lambda: nn.GroupNorm(32, c, 1e-6),
        "instance_norm": lambda: nn.InstanceNorm2d(c, 1e-6, affine=True),
    }[name]()
    return net, x
