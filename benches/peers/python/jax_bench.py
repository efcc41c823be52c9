"""JAX / Flax NNX peer. Variants: nnx (nnx.jit on the module, as in the NNX docs), jax (nnx.split once + jax.jit, donated state).
XLA:CPU takes its thread count from the CPU affinity: run 1-thread cases under `taskset -c 0`."""

import jax, jax.numpy as jnp, harness as H, jax_operations
from functools import partial

lax = jax.lax


def models():
    from flax import nnx

    class MLP(nnx.Module):
        def __init__(s, *, rngs):
            s.a = nnx.Linear(784, 256, rngs=rngs)
            s.b = nnx.Linear(256, 256, rngs=rngs)
            s.c = nnx.Linear(256, 10, rngs=rngs)

        def __call__(s, x, train=False):
            return s.c(nnx.relu(s.b(nnx.relu(s.a(x)))))

    class CNN(nnx.Module):
        def __init__(s, *, rngs):
            s.c1 = nnx.Conv(1, 32, (3, 3), rngs=rngs)
            s.c2 = nnx.Conv(32, 64, (3, 3), rngs=rngs)
            s.d1 = nnx.Linear(3136, 128, rngs=rngs)
            s.d2 = nnx.Linear(128, 10, rngs=rngs)

        def __call__(s, x, train=False):
            x = nnx.max_pool(nnx.relu(s.c1(x)), (2, 2), (2, 2))
            x = nnx.max_pool(nnx.relu(s.c2(x)), (2, 2), (2, 2))
            return s.d2(nnx.relu(s.d1(x.reshape(x.shape[0], -1))))

    class Block(nnx.Module):
        def __init__(s, c, *, rngs):
            s.c1 = nnx.Conv(c, c, (3, 3), rngs=rngs)
            s.b1 = nnx.BatchNorm(c, rngs=rngs)
            s.c2 = nnx.Conv(c, c, (3, 3), rngs=rngs)
            s.b2 = nnx.BatchNorm(c, rngs=rngs)

        def __call__(s, x, train):
            o = nnx.relu(s.b1(s.c1(x), use_running_average=not train))
            return nnx.relu(s.b2(s.c2(o), use_running_average=not train) + x)

    class ResNet(nnx.Module):
        def __init__(s, *, rngs):
            s.c1 = nnx.Conv(3, 64, (7, 7), strides=(2, 2), rngs=rngs)
            s.b1 = nnx.BatchNorm(64, rngs=rngs)
            s.k0 = Block(64, rngs=rngs)
            s.k1 = Block(64, rngs=rngs)
            s.k2 = Block(64, rngs=rngs)
            s.fc = nnx.Linear(64, 10, rngs=rngs)

        def __call__(s, x, train=False):
            x = nnx.max_pool(nnx.relu(s.b1(s.c1(x), use_running_average=not train)), (3, 3), (2, 2))
            for b in (s.k0, s.k1, s.k2):
                x = b(x, train)
            return s.fc(x.mean((1, 2)))

    class TB(nnx.Module):
        def __init__(s, *, rngs):
            s.qkv = nnx.Linear(256, 768, rngs=rngs)
            s.proj = nnx.Linear(256, 256, rngs=rngs)
            s.f1 = nnx.Linear(256, 1024, rngs=rngs)
            s.f2 = nnx.Linear(1024, 256, rngs=rngs)
            s.n1 = nnx.LayerNorm(256, rngs=rngs)
            s.n2 = nnx.LayerNorm(256, rngs=rngs)

        def __call__(s, x, train=False):
            b = x.shape[0]
            q, k, v = jnp.transpose(s.qkv(s.n1(x)).reshape(b, 128, 3, 8, 32), (2, 0, 3, 1, 4))
            a = jax.nn.softmax((q @ jnp.swapaxes(k, -2, -1)) * 32**-0.5, -1)
            x = x + s.proj(jnp.transpose(a @ v, (0, 2, 1, 3)).reshape(b, 128, 256))
            return x + s.f2(nnx.gelu(s.f1(s.n2(x))))

    return nnx, dict(
        mlp=(MLP, (784,)),
        cnn=(CNN, (28, 28, 1)),
        resnet32=(ResNet, (32, 32, 3)),
        resnet224=(ResNet, (224, 224, 3)),
        tb=(TB, (128, 256)),
    )


def conv(part, d, key):
    n, h, ww, ci, co, k, s = d
    x, wt, bias = (
        jax.random.normal(key, (n, h, ww, ci)),
        jax.random.normal(key, (k, k, ci, co)),
        jnp.ones(co),
    )

    def y(x, wt, bias):
        numbers = ("NHWC", "HWIO", "NHWC")
        return lax.conv_general_dilated(x, wt, (s, s), "SAME", dimension_numbers=numbers) + bias

    if part == "y":
        f = jax.jit(y)
        return H.conv_flops(d), lambda: f(x, wt, bias).block_until_ready()
    dy = jnp.ones_like(y(x, wt, bias))
    if part == "dx":
        f = jax.jit(lambda x, wt, dy: jax.vjp(lambda x: y(x, wt, bias), x)[1](dy)[0])
    else:
        f = jax.jit(lambda x, wt, dy: jax.vjp(lambda wt: y(x, wt, bias), wt)[1](dy)[0])
    return H.conv_flops(d), lambda: f(x, wt, dy).block_until_ready()


def layer(name, sizes, key):
    from flax import nnx

    x = jax.random.normal(key, sizes)
    if name == "adam":
        import optax

        rule = optax.adam(1e-3)

        @partial(jax.jit, donate_argnums=(0, 1))
        def step(p, state, g):
            u, state = rule.update(g, state)
            return optax.apply_updates(p, u), state

        g = jax.random.normal(key, sizes)
        box = [(x, rule.init(x))]

        def f():
            box[0] = step(*box[0], g)
            jax.block_until_ready(box[0])

        return 0, f
    if name == "cross_entropy":
        import optax

        y = jax.random.randint(key, sizes[:1], 0, sizes[1])
        loss = optax.softmax_cross_entropy_with_integer_labels
        f = jax.jit(jax.value_and_grad(lambda x: loss(x, y).mean()))
        return 0, lambda: jax.block_until_ready(f(x))
    ones = jnp.ones(sizes[-1:])

    def normalized(x, axes, eps):
        mean = x.mean(axes, keepdims=True)
        return (x - mean) * lax.rsqrt(x.var(axes, keepdims=True) + eps) * ones + ones

    call = jax.jit(
        {
            "softmax": jax.nn.softmax,
            "layer_norm": lambda x: normalized(x, -1, 1e-6),
            "gelu": jax.nn.gelu,
            "batch_norm": lambda x: normalized(x, (0, 1, 2), 1e-5),
            "max_pool": lambda x: nnx.max_pool(x, (2, 2), (2, 2)),
        }[name]
    )
    return 0, lambda: call(x).block_until_ready()


def make(w, v, t):
    key = jax.random.key(0)
    d = H.gemm_dims(w)
    if d:
        if v != "jax":
            return None
        m, k, n = d
        a, b = jax.random.normal(key, (m, k)), jax.random.normal(key, (k, n))
        f = jax.jit(lambda a, b: a @ b)
        return 2.0 * m * k * n, lambda: f(a, b).block_until_ready()
    d = H.conv_dims(w)
    if d:
        return conv(*d, key) if v == "jax" else None
    d = H.layer_dims(w)
    if d:
        return layer(*d, key) if v == "jax" else None
    d = H.operation_dims(w)
    if d:
        return jax_operations.make(*d) if v == "jax" else None
    kind, model, b = H.model_dims(w)
    nnx, ms = models()
    cls, shp = ms[model]
    net = cls(rngs=nnx.Rngs(0))
    x = jax.random.normal(key, (b, *shp))
    y = jax.random.randint(key, (b,), 0, 10)
    fl = H.model_flops(kind, model, b)
    if kind == "infer":
        if v == "nnx":
            f = nnx.jit(lambda m, x: m(x))
            return fl, lambda: f(net, x).block_until_ready()
        gd, st = nnx.split(net)
        f = jax.jit(lambda st, x: nnx.merge(gd, st)(x))
        return fl, lambda: f(st, x).block_until_ready()
    import optax

    def loss_fn(m, x, y):
        o = m(x, train=True)
        return (
            jnp.square(o).mean()
            if model == "tb"
            else optax.softmax_cross_entropy_with_integer_labels(o, y).mean()
        )

    opt = nnx.Optimizer(net, optax.adam(1e-3), wrt=nnx.Param)

    def step(net, opt, x, y):
        l, g = nnx.value_and_grad(loss_fn)(net, x, y)
        opt.update(net, g)
        return l

    if v == "nnx":
        f = nnx.jit(step)
        return fl, lambda: f(net, opt, x, y).block_until_ready()
    gd, st = nnx.split((net, opt))

    @partial(jax.jit, donate_argnums=0)
    def f(st, x, y):
        n, o = nnx.merge(gd, st)
        l = step(n, o, x, y)
        return nnx.state((n, o)), l

    box = [st]

    def g():
        box[0], l = f(box[0], x, y)
        jax.block_until_ready(box[0])

    return fl, g


if __name__ == "__main__":
    H.main(["nnx", "jax"], make)
