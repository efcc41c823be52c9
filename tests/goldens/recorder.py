# What the scripts of layers share: everything that a golden says about one layer of Flax NNX.

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from safetensors.numpy import save_file

jax.config.update("jax_default_matmul_precision", "highest")


def numbers(*shape, offset=0):
    """Reproducible numbers within -1 to 1: hashed indices, which any language computes exactly."""
    index = np.arange(offset, offset + int(np.prod(shape, dtype=int)), dtype=np.uint64)
    hashed = (index * 2654435761 % 2**32).astype(np.float64) / 2**31 - 1
    return jnp.asarray(hashed.astype(np.float32).reshape(shape))


def is_float(array):
    return jnp.issubdtype(jnp.asarray(array).dtype, jnp.floating)


class Recorder:
    def __init__(self):
        self.tensors = {}

    def keep(self, name, array):
        assert name not in self.tensors, f"{name} is recorded twice"
        # A copy: safetensors writes the memory of an array, not its strides.
        self.tensors[name] = np.array(array, order="C")

    def layer(self, name, make, *inputs, passes=3, call=None):
        """Records the layer `make(Rngs(0))` on `inputs` as arrays `<name>/..`.

        `input/<i>`; `start/<path>` of parameters and statistics; of the first training pass `output`,
        and with respect to the sum of `output * cotangent` the gradients `gradient/<path>` and
        `input gradient/<i>`; after `passes` training passes the statistics `after/<path>` and the
        streams' counters `count/<path>`; `evaluation`, the output in evaluation then.
        `call(layer, *inputs)` says how the layer is called, where not as `layer(*inputs)`.
        """
        call = call or (lambda layer, *inputs: layer(*inputs))
        layer = make(nnx.Rngs(0))
        layer.train()
        for i, x in enumerate(inputs):
            self.keep(f"{name}/input/{i}", x)
        for path, variable in nnx.to_flat_state(nnx.state(layer, nnx.Any(nnx.Param, nnx.BatchStat))):
            self.keep("/".join([name, "start", *map(str, path)]), variable[...])

        graph, params, rest = nnx.split(layer, nnx.Param, ...)
        shape = jax.eval_shape(
            lambda params, rest, inputs: call(nnx.merge(graph, params, rest), *inputs),
            params, rest, inputs,
        )
        cotangent = numbers(*shape.shape, offset=7919)
        floats = [i for i, x in enumerate(inputs) if is_float(x)]

        def loss(params, chosen):
            given = list(inputs)
            for i, x in zip(floats, chosen):
                given[i] = x
            output = call(nnx.merge(graph, params, rest, copy=True), *given)
            return (output * cotangent).sum(), output

        gradient = jax.grad(loss, argnums=(0, 1), has_aux=True)
        (grads, input_grads), output = gradient(params, [inputs[i] for i in floats])
        self.keep(f"{name}/output", output)
        self.keep(f"{name}/cotangent", cotangent)
        for path, variable in nnx.to_flat_state(grads):
            self.keep("/".join([name, "gradient", *map(str, path)]), variable[...])
        for i, grad in zip(floats, input_grads):
            self.keep(f"{name}/input gradient/{i}", grad)

        for _ in range(passes):
            call(layer, *inputs)
        for path, variable in nnx.to_flat_state(nnx.state(layer, nnx.BatchStat)):
            self.keep("/".join([name, "after", *map(str, path)]), variable[...])
        for path, variable in nnx.to_flat_state(nnx.state(layer, nnx.RngCount)):
            self.keep("/".join([name, "count", *map(str, path)]), variable[...])
        layer.eval()
        self.keep(f"{name}/evaluation", call(layer, *inputs))

    def save(self, script):
        """Writes the arrays beside the script: `make_x.py` makes `x.safetensors`."""
        save_file(self.tensors, script.replace("make_", "").replace(".py", ".safetensors"))
