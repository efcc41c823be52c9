# Makes optimizers.safetensors: fifty steps of optax's optimizers on given gradients, and schedules.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 optax==0.2.8 numpy==2.4.6 safetensors==0.8.0
#
# The gradients don't depend on the parameters, so errors don't feed back: a wrong rule is off at
# once, a right one stays within rounding.

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import save_file

shapes = {"w": (3, 4), "b": (4,)}
start = {
    "w": np.sin(np.arange(12)).reshape(3, 4).astype(np.float32),
    "b": np.cos(np.arange(4)).astype(np.float32),
}
# (50, shape): row t - 1 is the gradient of step t. Sizes differ by a thousand between elements,
# signs change along the way, and one element of b has no gradient at all.
size = {"w": np.logspace(-2, 1, 12).reshape(3, 4), "b": np.array([1.0, 0.1, 0.0, -3.0])}
step = np.arange(1, 51)


def gradient_of(name, t):
    phase = np.arange(size[name].size).reshape(shapes[name])
    return size[name] * (np.sin(0.37 * t + phase) + 0.2)


gradients = {
    name: np.stack([gradient_of(name, t) for t in step]).astype(np.float32) for name in shapes
}

warmup = optax.warmup_cosine_decay_schedule(
    init_value=0.0, peak_value=0.1, warmup_steps=10, decay_steps=40, end_value=0.001
)
rules = {
    "sgd": optax.sgd(0.1),
    "momentum": optax.sgd(0.1, momentum=0.9),
    "nesterov": optax.sgd(0.1, momentum=0.9, nesterov=True),
    "adam": optax.adam(0.01),
    "adam b1=0.8 b2=0.95 eps=0.001": optax.adam(0.01, b1=0.8, b2=0.95, eps=1e-3),
    "adamw": optax.adamw(0.01),
    "adamw decay=0.1": optax.adamw(0.01, weight_decay=0.1),
    "adam warmup_cosine": optax.adam(warmup),
    "rmsprop": optax.rmsprop(0.01),
    "adagrad": optax.adagrad(0.1),
    "lion": optax.lion(0.01),
    "clip_by_global_norm 1 momentum": optax.chain(
        optax.clip_by_global_norm(1.0), optax.sgd(0.1, momentum=0.9)
    ),
    "clip 0.5 sgd": optax.chain(optax.clip(0.5), optax.sgd(0.1)),
}
schedules = {
    "constant": optax.constant_schedule(0.3),
    "linear": optax.linear_schedule(1.0, 0.1, transition_steps=40),
    "linear begin=10": optax.linear_schedule(1.0, 0.1, transition_steps=20, transition_begin=10),
    "cosine_decay": optax.cosine_decay_schedule(0.5, decay_steps=50),
    "cosine_decay alpha=0.1": optax.cosine_decay_schedule(0.5, decay_steps=50, alpha=0.1),
    "warmup_cosine_decay": warmup,
    "exponential": optax.exponential_decay(0.5, transition_steps=10, decay_rate=0.7),
    "exponential staircase": optax.exponential_decay(
        0.5, transition_steps=10, decay_rate=0.7, staircase=True
    ),
    "piecewise_constant": optax.piecewise_constant_schedule(1.0, {20: 0.1, 40: 0.5}),
    "join": optax.join_schedules(
        [optax.linear_schedule(0.0, 1.0, 20), optax.cosine_decay_schedule(1.0, 40)], [20]
    ),
}

tensors = {}
for name in shapes:
    tensors[f"start/{name}"] = start[name]
    tensors[f"gradient/{name}"] = gradients[name]

for rule, optimizer in rules.items():
    parameters = {name: jnp.asarray(value) for name, value in start.items()}
    state = optimizer.init(parameters)
    for t in step:
        gradient = {name: jnp.asarray(gradients[name][t - 1]) for name in shapes}
        updates, state = optimizer.update(gradient, state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        if t in (1, 2, 3, 10, 50):
            for name in shapes:
                tensors[f"{rule}/{t}/{name}"] = np.asarray(parameters[name])

for name, schedule in schedules.items():
    values = [schedule(jnp.asarray(t, jnp.int32)) for t in range(61)]
    tensors[f"schedule/{name}"] = np.asarray(values, np.float32)

save_file(tensors, __file__.replace("make_optimizers.py", "optimizers.safetensors"))
