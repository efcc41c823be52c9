# Shared by the scripts for models: records the goldens of one Flax NNX model.
#
# Of arrays above 1000 elements only every 37th is stored (of the flat, row-major array), under the same name.
# For each array of a state the f64 sum over all elements is stored, too.

import numpy as np
import optax
from flax import nnx
from safetensors.numpy import save_file

tensors = {}


def keep(name, array):
    array = np.asarray(array)
    tensors[name] = array if array.size <= 1000 else array.ravel()[::37].copy()


def keep_state(prefix, state):
    for path, variable in nnx.to_flat_state(state):
        name = "/".join([prefix, *map(str, path)])
        keep(name, variable[...])
        tensors[name + "/sum"] = np.array([np.asarray(variable[...]).sum(dtype=np.float64)])


def record(name, make, inputs, targets, loss):
    """Records a model `make(Rngs(0))` on batches, as arrays `<name>/..`.

    `input/<i>` and `target`; `param/<path>` at the start; `evaluation` of the first batch at the start;
    `output`, `loss` and `grad/<path>` of the first batch in training. After one training pass over each batch,
    without updates, `stat after/<path>` and `evaluation after`, of the first batch again. `losses adamw`:
    before each of ten steps of AdamW on the first batch.
    """

    def loss_of(model):
        output = model(inputs[0])
        return loss(output, targets).mean(), output

    for i, x in enumerate(inputs):
        tensors[f"{name}/input/{i}"] = np.asarray(x)
    tensors[f"{name}/target"] = np.asarray(targets)

    model = make(nnx.Rngs(0))
    keep_state(f"{name}/param", nnx.state(model, nnx.Param))
    model.eval()
    keep(f"{name}/evaluation", model(inputs[0]))
    model.train()
    (value, output), grads = nnx.value_and_grad(loss_of, has_aux=True)(model)
    keep(f"{name}/output", output)
    tensors[f"{name}/loss"] = np.asarray(value).reshape(1)
    keep_state(f"{name}/grad", grads)

    model = make(nnx.Rngs(0))
    model.train()
    for x in inputs:
        model(x)
    keep_state(f"{name}/stat after", nnx.state(model, nnx.BatchStat))
    model.eval()
    keep(f"{name}/evaluation after", model(inputs[0]))

    model = make(nnx.Rngs(0))
    model.train()
    optimizer = nnx.Optimizer(model, optax.adamw(1e-3), wrt=nnx.Param)
    losses = []
    for _ in range(10):
        (value, _), grads = nnx.value_and_grad(loss_of, has_aux=True)(model)
        optimizer.update(model, grads)
        losses.append(value)
    tensors[f"{name}/losses adamw"] = np.asarray(losses, np.float32)


def save(script):
    """Writes the arrays beside the script: `make_x.py` makes `x.safetensors`."""
    save_file(tensors, script.replace("make_", "").replace(".py", ".safetensors"))
