#!/usr/bin/env python3
"""The roofline of each workload: operations over peak FLOPS, or bytes moved over the bandwidth of the cache level (or
memory) that holds them, whichever takes longer.

The count of a convolution includes multiplications with its padding, so an implementation can be a few percent faster
than this limit.
"""

# Operations per second, by number of threads: a core with two 256-bit FMAs a cycle at 3 GHz, sustained.
PEAK = {1: 96e9, 2: 192e9}
# Bytes per second from L2, L3 and memory, by number of threads.
BANDWIDTH = {1: (88e9, 48e9, 17e9), 2: (170e9, 84e9, 22e9)}
CACHE = (384 * 1024, 24 << 20)  # bytes of L2 for each thread, of L3 for all threads

GEMMS = """
    32x32x32 64x64x64 128x128x128 256x256x256 512x512x512 1024x1024x1024 2048x2048x2048
    32x784x256 32x256x10 1x784x256 1152x288x64
"""
CONVOLUTIONS = {  # images, height, width, channels in, channels out, kernel size, stride
    "32x28x28x1_k3_32": (32, 28, 28, 1, 32, 3, 1),
    "32x14x14x32_k3_64": (32, 14, 14, 32, 64, 3, 1),
    "32x32x32x64_k3_64": (32, 32, 32, 64, 64, 3, 1),
    "8x224x224x3_k7s2_64": (8, 224, 224, 3, 64, 7, 2),
}
LAYERS = {  # elements read and written
    "softmax_4096x512": 2 * 4096 * 512,
    "layer_norm_4096x512": 2 * 4096 * 512,
    "gelu_4096x512": 2 * 4096 * 512,
    "cross_entropy_4096x512": 2 * 4096 * 512,
    "batch_norm_32x28x28x64": 2 * 32 * 28 * 28 * 64,
    "max_pool_32x28x28x64": 32 * 28 * 28 * 64 * 5 // 4,
    "adam_1048576": 7 * 1048576,  # gradient, and weight and both moments twice
}
FUNCTIONS = """
    neg exp log sqrt square abs sign exp2 expm1 log2 log10 log1p reciprocal rsqrt cbrt sinh cosh asinh acosh atanh
    floor ceil round trunc fract nan_to_num sin cos tan asin acos atan sinc erf erfc erfinv lgamma digamma
    relu relu6 selu hard_tanh hard_sigmoid hard_silu tanh sigmoid log_sigmoid silu softplus soft_sign gelu gelu_exact
    powf clamp leaky_relu elu celu times_2 is_nan is_finite
"""
PAIRS = """
    maximum minimum pow atan2 hypot logaddexp fmod remainder copysign nextafter add mul div lerp select less equal
"""
ALONG = {  # elements moved, beside those read once: of a reduction none, of the others as many or more
    0: "sum mean max argmax prod var norm norm1 logsumexp any count_nonzero median",
    1: "softmax cumsum cumprod cummax cumlogsumexp sort argsort flip roll",
    2: "gather",
    3: "scatter_set scatter_add scatter_max",
}
BLOCKS = "1x1024x1024 64x128x128 1024x1024x1"  # the first, a middle and the last axis
MATRICES = {  # elements moved, in megabytes of f32
    "sum_all": 1, "max_all": 1, "norm_all": 1, "top_k": 1, "unique": 3, "histogram": 1, "transpose": 2,
    "masked_fill": 2.25, "masked_select": 2.25, "concat": 3, "pad": 2, "tril": 2,
}  # fmt: skip
ON_IMAGES = {  # elements read and written, by input elements
    "max_pool_with_indices": 1.5, "max_unpool": 1.5, "lp_pool": 1.25, "local_response_norm": 2, "pad_zeros": 1 + 900 / 784,
}  # fmt: skip
OPERATIONS = {
    **{f"{name}_2048x512": 2 * 2**20 for name in FUNCTIONS.split()},
    **{f"{name}_2048x512": 3 * 2**20 for name in PAIRS.split()},
    **{f"{name}_{block}": (1 + moved) * 2**20
       for moved, names in ALONG.items() for name in names.split() for block in BLOCKS.split()},
    **{f"{name}_1024x1024": moved * 2**20 for name, moved in MATRICES.items()},
    **{f"{name}_32x28x28x64": moved * 32 * 28 * 28 * 64 for name, moved in ON_IMAGES.items()},
    "bilinear_1024x64": 3 * 1024 * 64 + 64**3,
}  # fmt: skip
FLOPS = {"bilinear_1024x64": 2 * 1024 * 64**3}  # of operations that aren't bound by memory


def sequence(name, batch, time, width):
    """Operations and elements of a recurrent layer of `width` features, of attention by `width` heads of 64, or of bags of
    `time` rows of `width` features."""
    if name == "embedding_bag":
        return batch * time * width, batch * time * (width + 1) + batch * width
    if name == "bilstm":
        return tuple(2 * x for x in sequence("lstm", batch, time, width))
    gates = {"lstm": 4, "gru": 3}.get(name)
    if gates:
        return 2 * batch * time * gates * 2 * width**2, 2 * batch * time * width + 2 * gates * width**2
    # Half of the scores of a causal mask aren't computed.
    return 2 * 2 * batch * width * time**2 * 64 / (2 if name == "causal" else 1), 4 * batch * time * width * 64


SEQUENCES = {
    f"{train}{name}_{sizes}": tuple((3 if train else 1) * x for x in sequence(name, *map(int, sizes.split("x"))))
    for train in ("", "train_")
    for name, all in {
        "lstm": "32x64x256 1x64x256 32x64x64",
        "gru": "32x64x256 1x64x256 32x64x64",
        "bilstm": "32x64x256 1x64x256",
        "embedding_bag": "512x32x64",
        "attention": "1x1024x8 2x384x8",
        "causal": "1x1024x8",
    }.items()
    for sizes in all.split()
    # Its gradient is as large as the table, whatever the bags.
    if (train, name) != ("train_", "embedding_bag")
}
IMAGES = {  # operations, elements of input, output and parameters
    "grouped3_8x56x56x128": (231211008, 6427264),
    "depthwise3_8x56x56x96": (43352064, 4817856),
    "depthwise3s2_8x56x56x96": (10838016, 3011520),
    "depthwise7_8x56x56x96": (236027904, 4821696),
    "conv3_8x128x128x16": (603979776, 4196624),
    "conv5_8x28x28x64": (1284505600, 905280),
    "conv3d_2x16x32x32x16": (452984832, 1055504),
    "conv_transpose2_8x28x28x64": (205520896, 2023488),
    "avg_pool_32x28x28x64": (0, 2007040),
    "group_norm_32x28x28x64": (0, 3211392),
    "instance_norm_32x28x28x64": (0, 3211392),
}
MODELS = {  # operations forward, parameters, elements of input and output, of one example
    "mlp": (2 * (784 * 256 + 65536 + 2560), 269322, 784 + 10),
    "cnn": (2 * (784 * 288 + 196 * 288 * 64 + 3136 * 128 + 1280), 421642, 784 + 10),
    "resnet32": (2 * (256 * 147 * 64 + 6 * 49 * 576 * 64 + 640), 232586, 3072 + 10),
    "resnet224": (2 * (12544 * 147 * 64 + 6 * 3025 * 576 * 64 + 640), 232586, 150528 + 10),
    "tb": (2 * (128 * 256 * 3072 + 2 * 128 * 128 * 256), 789760, 2 * 128 * 256),
    "resnet18": (3628146688, 11689512, 151528),
    "vits": (9197764608, 22050664, 151528),
    "convnext": (8911062528, 28589128, 151528),
    "unet16": (1718091776, 1942594, 81920),
    "unet64": (27307016192, 31037698, 81920),
    "mbconv": (39523200, 31290, 62720),
    "gpt10m": (2875293696, 10770816, 8448),
}
INFERENCE = """
    mlp_b1 mlp_b32 cnn_b1 cnn_b32 resnet32_b1 resnet32_b32 resnet224_b1 resnet224_b32 tb_b1 tb_b8
    resnet18_b1 vits_b1 convnext_b1 unet16_b1 unet64_b1 mbconv_b8 gpt10m_b1
"""
TRAINING = """
    mlp_b32 mlp_b128 cnn_b32 cnn_b128 resnet32_b32 tb_b8 unet16_b1 unet64_b1 mbconv_b8 gpt10m_b1 gpt10m_b8
"""
DECODED = 32  # tokens, each of which reads all weights


def workloads():
    """Operations and bytes of each workload, by name."""
    table = {}
    for sizes in GEMMS.split():
        m, k, n = map(int, sizes.split("x"))
        table["gemm_" + sizes] = (2 * m * k * n, 4 * (m * k + k * n + m * n))
    for part in ("", "dx_", "dk_"):
        for name, (n, h, w, c, o, k, s) in CONVOLUTIONS.items():
            outputs = n * -(-h // s) * -(-w // s) * o
            elements = n * h * w * c + outputs + k * k * c * o
            table[f"conv_{part}{name}"] = (2 * outputs * c * k * k, 4 * elements)
    for name, elements in (LAYERS | OPERATIONS).items():
        table[name] = (FLOPS.get(name, 0), 4 * elements)
    table |= {name: (flops, 4 * elements) for name, (flops, elements) in SEQUENCES.items()}
    for train, passes in (("", 1), ("train_", 3)):
        table |= {train + name: (passes * flops, 4 * passes * n) for name, (flops, n) in IMAGES.items()}
    for kind, names in (("infer", INFERENCE), ("train", TRAINING)):
        for name in names.split():
            model, batch = name.split("_b")
            flops, parameters, elements = (x * y for x, y in zip(MODELS[model], (int(batch), 1, int(batch))))
            if kind == "train":
                # Both gradients cost as much as the forward pass each. Parameters are read twice; gradients
                # are written and read; weights and both moments are read and written.
                flops, parameters = 3 * flops, 10 * parameters
            table[f"{kind}_{name}"] = (flops, 4 * (parameters + elements))
    for batch in (1, 8):
        parameters = MODELS["gpt10m"][1]
        table[f"decode_gpt10m_b{batch}"] = (2 * DECODED * batch * parameters, 4 * DECODED * parameters)
    return table


W = workloads()


def limit(workload, threads):
    """Microseconds of the roofline, operations and bytes."""
    flops, size = W[workload]
    level = 0 if size <= CACHE[0] * threads else 1 if size <= CACHE[1] else 2
    return max(flops / PEAK[threads], size / BANDWIDTH[threads][level]) * 1e6, flops, size


if __name__ == "__main__":
    for workload in W:
        one, flops, size = limit(workload, 1)
        two, _, _ = limit(workload, 2)
        print(
            f"{workload},{flops / 1e6:.3f} MFLOP,{size / 1e6:.3f} MB,{one:.1f} us,{two:.1f} us on two threads"
        )
