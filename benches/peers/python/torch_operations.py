"""The operations of roofline.OPERATIONS in torch."""

import torch, torch.nn.functional as F


def elements(name, sizes):
    """Elements from 0.5 to 1.5, or of the function's domain."""
    middle = {"acosh": 1.6} | dict.fromkeys("atanh asin acos erfinv elu celu selu".split(), 0)
    return torch.rand(*sizes) - 0.5 + middle.get(name, 1)


def function(name, sizes):
    x = elements(name, sizes)
    others = {
        "fract": torch.frac,
        "cbrt": lambda x: x.pow(1 / 3),
        "is_nan": torch.isnan,
        "is_finite": torch.isfinite,
        "relu6": F.relu6,
        "hard_tanh": F.hardtanh,
        "hard_sigmoid": F.hardsigmoid,
        "hard_silu": F.hardswish,
        "log_sigmoid": F.logsigmoid,
        "silu": F.silu,
        "softplus": F.softplus,
        "soft_sign": F.softsign,
        "gelu": lambda x: F.gelu(x, approximate="tanh"),
        "gelu_exact": F.gelu,
        "powf": lambda x: x.pow(2.5),
        "clamp": lambda x: x.clamp(0.7, 1.2),
        "leaky_relu": F.leaky_relu,
        "elu": F.elu,
        "celu": lambda x: F.celu(x, 0.5),
        "times_2": lambda x: x * 2,
    }
    f = others.get(name) or getattr(torch, name)
    return lambda: f(x)


def pair(name, sizes):
    a = elements(name, sizes)
    b = elements(name, sizes) * 0.75 + 0.1
    others = {
        "lerp": lambda a, b: torch.lerp(a, b, b),
        "select": lambda a, b: torch.where(a < 1, a, b),
        "less": torch.lt,
        "equal": torch.eq,
    }
    f = others.get(name) or getattr(torch, name)
    return lambda: f(a, b)


def along(name, sizes):
    x = torch.rand(*sizes) - 0.5
    indices = torch.randint(0, sizes[1], sizes)
    values = x.flip(0)
    return {
        "sum": lambda: x.sum(1),
        "mean": lambda: x.mean(1),
        "max": lambda: x.amax(1),
        "argmax": lambda: x.argmax(1),
        "prod": lambda: x.prod(1),
        "var": lambda: x.var(1),
        "norm": lambda: torch.linalg.vector_norm(x, dim=1),
        "norm1": lambda: torch.linalg.vector_norm(x, 1, dim=1),
        "logsumexp": lambda: x.logsumexp(1),
        "any": lambda: x.any(1),
        "count_nonzero": lambda: x.count_nonzero(1),
        "median": lambda: x.median(1),
        "softmax": lambda: x.softmax(1),
        "cumsum": lambda: x.cumsum(1),
        "cumprod": lambda: x.cumprod(1),
        "cummax": lambda: x.cummax(1),
        "cumlogsumexp": lambda: x.logcumsumexp(1),
        "sort": lambda: x.sort(1),
        "argsort": lambda: x.argsort(dim=1, stable=True),
        "flip": lambda: x.flip(1),
        "roll": lambda: x.roll(5, 1),
        "gather": lambda: x.gather(1, indices),
        "scatter_set": lambda: x.scatter(1, indices, values),
        "scatter_add": lambda: x.scatter_add(1, indices, values),
        "scatter_max": lambda: x.scatter_reduce(1, indices, values, "amax"),
    }[name]


def of_matrix(name, sizes):
    x = torch.rand(*sizes) - 0.5
    mask = x > 0
    return {
        "sum_all": lambda: x.sum(),
        "max_all": lambda: x.max(),
        "norm_all": lambda: x.norm(),
        "top_k": lambda: x.topk(16),
        "unique": lambda: x.unique(return_counts=True, return_inverse=True),
        "histogram": lambda: x.histc(64, -0.5, 0.5),
        "transpose": lambda: x.t().contiguous(),
        "masked_fill": lambda: x.masked_fill(mask, 1),
        "masked_select": lambda: x.masked_select(mask),
        "concat": lambda: torch.cat([x, x], 1),
        "pad": lambda: F.pad(x[None], (1, 1), mode="replicate"),
        "tril": lambda: x.tril(),
    }[name]


def on_images(name, sizes):
    """Images with channels last in memory."""
    x = torch.rand(*sizes).permute(0, 3, 1, 2)
    maxima, indices = F.max_pool2d(x, 2, return_indices=True)
    return {
        "max_pool_with_indices": lambda: F.max_pool2d(x, 2, return_indices=True),
        "max_unpool": lambda: F.max_unpool2d(maxima, indices, 2),
        "lp_pool": lambda: F.lp_pool2d(x, 2, 2),
        "local_response_norm": lambda: F.local_response_norm(x, 5),
        "pad_zeros": lambda: F.pad(x, (1, 1, 1, 1)),
    }[name]


def bilinear(sizes):
    batch, width = sizes
    x, layer = torch.rand(*sizes) - 0.5, torch.nn.Bilinear(width, width, width)
    return lambda: layer(x, x)


def sequence(name, sizes):
    """Recurrent layers over (batch, steps, features), attention of (batch, steps) of 8 heads of 64 features, bags of
    (batch, indices) of a table of 100,000 rows of so many features."""
    batch, time, width = sizes
    train, layer = name.startswith("train_"), name.removeprefix("train_")
    if layer == "embedding_bag":
        model = torch.nn.EmbeddingBag(100_000, width)
        indices = torch.randint(100_000, (batch, time), dtype=torch.int32)
        return lambda: model(indices)
    if layer in ("lstm", "gru", "bilstm"):
        kind = torch.nn.GRU if layer == "gru" else torch.nn.LSTM
        model = kind(width, width, batch_first=True, bidirectional=layer == "bilstm")
        x = torch.rand(*sizes) - 0.5
        forward, leaves = lambda: model(x)[0], list(model.parameters())
    else:
        leaves = [(torch.rand(batch, width, time, 64) - 0.5).requires_grad_(train) for _ in range(3)]
        forward = lambda: F.scaled_dot_product_attention(*leaves, is_causal=layer == "causal")
    if not train:
        return forward

    def step():
        with torch.inference_mode(False):
            torch.autograd.grad(forward().square().mean(), leaves)

    return step


SEQUENCES = ("lstm", "gru", "bilstm", "attention", "causal", "embedding_bag")


def make(name, sizes):
    """Operations and a call, as torch_bench.make."""
    from roofline import FUNCTIONS, PAIRS

    if name.removeprefix("train_") in SEQUENCES:
        call = sequence(name, sizes)
    elif len(sizes) == 4:
        call = on_images(name, sizes)
    elif len(sizes) == 3:
        call = along(name, sizes)
    elif name == "bilinear":
        call = bilinear(sizes)
    elif name in FUNCTIONS.split():
        call = function(name, sizes)
    else:
        call = pair(name, sizes) if name in PAIRS.split() else of_matrix(name, sizes)

    def f():
        with torch.inference_mode():
            call()

    return 0, f
