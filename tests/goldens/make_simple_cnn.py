# Makes simple_cnn.safetensors: one forward pass, one gradient and two short trainings of the
# tutorial's convolutional network in Flax NNX.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 flax==0.12.8 optax==0.2.8 numpy==2.4.6
# safetensors==0.8.0
#
# Of arrays above 1000 elements only every 37th is kept (of the flat, row-major array), under the
# same name, and for each array there is the f64 sum over all elements.

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from safetensors.numpy import save_file

jax.config.update("jax_default_matmul_precision", "highest")
tensors = {}


def keep(name, array):
    array = np.asarray(array)
    tensors[name + "/sum"] = np.array([array.sum(dtype=np.float64)])
    # A copy: safetensors writes the memory of an array, not its strides.
    tensors[name] = array if array.size <= 1000 else array.ravel()[::37].copy()


def keep_state(prefix, state):
    for path, variable in nnx.to_flat_state(state):
        keep("/".join([prefix, *map(str, path)]), variable[...])


class SimpleCnn(nnx.Module):
    def __init__(self, rngs):
        self.conv1 = nnx.Conv(1, 32, (3, 3), rngs=rngs)
        self.conv2 = nnx.Conv(32, 64, (3, 3), rngs=rngs)
        self.dense1 = nnx.Linear(64 * 7 * 7, 128, rngs=rngs)
        self.dense2 = nnx.Linear(128, 10, rngs=rngs)

    def __call__(self, x):
        x = nnx.max_pool(nnx.relu(self.conv1(x)), (2, 2), strides=(2, 2))
        x = nnx.max_pool(nnx.relu(self.conv2(x)), (2, 2), strides=(2, 2))
        x = x.reshape(x.shape[0], -1)
        return self.dense2(nnx.relu(self.dense1(x)))


# The batch: hashed indices in [0, 1), which any language can compute exactly in integers.
index = np.arange(4 * 28 * 28, dtype=np.uint64)
pixels = (index * 2654435761 % 2**32).astype(np.float64) / 2**32
images = jnp.asarray(pixels.astype(np.float32).reshape(4, 28, 28, 1))
labels = jnp.array([3, 1, 4, 1])


def loss_of(model):
    logits = model(images)
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(), logits


model = SimpleCnn(nnx.Rngs(params=0))
(loss, logits), grads = nnx.value_and_grad(loss_of, has_aux=True)(model)
keep("images", images)
tensors["labels"] = np.asarray(labels, np.int32)
keep_state("param", nnx.state(model, nnx.Param))
tensors["logits"] = np.asarray(logits)
tensors["loss"] = np.asarray(loss).reshape(1)
keep_state("grad", grads)

trainings = {"adam": optax.adam(1e-3), "adamw": optax.adamw(1e-3), "sgd momentum": optax.sgd(0.01, momentum=0.9)}
for name, rule in trainings.items():
    model = SimpleCnn(nnx.Rngs(params=0))
    optimizer = nnx.Optimizer(model, rule, wrt=nnx.Param)
    losses = []
    for _ in range(10):
        (loss, _), grads = nnx.value_and_grad(loss_of, has_aux=True)(model)
        optimizer.update(model, grads)
        losses.append(loss)
    # Losses before each of the ten steps, and after the last.
    tensors[f"losses {name}"] = np.asarray(losses + [loss_of(model)[0]], np.float32)
    keep(f"dense2 kernel after {name}", model.dense2.kernel[...])

save_file(tensors, __file__.replace("make_simple_cnn.py", "simple_cnn.safetensors"))
