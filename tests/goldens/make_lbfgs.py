# Makes lbfgs.safetensors: fifty steps of optax's L-BFGS and line search, in f64, on a loss that the search evaluates.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 optax==0.2.8 numpy==2.4.6 safetensors==0.8.0

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import save_file

jax.config.update("jax_enable_x64", True)

x = np.sin(1.3 * np.arange(18)).reshape(6, 3)
y = np.cos(0.7 * np.arange(24)).reshape(6, 4)
start = {
    "w": np.sin(np.arange(12)).reshape(3, 4),
    "b": np.cos(np.arange(4)),
}


def loss(parameters):
    w, b = parameters["w"], parameters["b"]
    return jnp.mean((jnp.tanh(x @ w + b) - y) ** 2) + 0.01 * jnp.sum(w**2)


rules = {
    "lbfgs": optax.lbfgs(),
    "lbfgs memory=2 unscaled": optax.lbfgs(memory_size=2, scale_init_precond=False),
    "lbfgs rate=0.5": optax.lbfgs(0.5, linesearch=None),
    "sgd zoom": optax.chain(optax.sgd(1.0), optax.scale_by_zoom_linesearch(15)),
    "sgd zoom narrow": optax.chain(
        optax.sgd(1.0),
        optax.scale_by_zoom_linesearch(
            15, max_learning_rate=4.0, slope_rtol=0.01, curv_rtol=0.1, initial_guess_strategy="one"
        ),
    ),
}
rules["polyak_sgd"] = optax.polyak_sgd()
rules["polyak_sgd max=0.2 f_min=0.1"] = optax.polyak_sgd(
    max_learning_rate=0.2, scaling=2.0, f_min=0.1, eps=0.01, variant="sps+"
)
rules["momo"] = optax.contrib.momo()
rules["momo beta=0.5 decay=0.1"] = optax.contrib.momo(
    2.0, beta=0.5, lower_bound=0.1, weight_decay=0.1
)
rules["momo adapt"] = optax.contrib.momo(lower_bound=-0.5, adapt_lower_bound=True)
rules["momo_adam"] = optax.contrib.momo_adam()
rules["momo_adam b1=0.8 decay=0.1 adapt"] = optax.contrib.momo_adam(
    0.1, b1=0.8, b2=0.99, eps=1e-4, lower_bound=-0.2, weight_decay=0.1, adapt_lower_bound=True
)
tensors = {"x": x, "y": y}
for name, value in start.items():
    tensors[f"start/{name}"] = value
for rule, optimizer in rules.items():
    parameters = {name: jnp.asarray(value) for name, value in start.items()}
    state = optimizer.init(parameters)
    losses = []

    @jax.jit
    def step(parameters, state):
        value, gradients = jax.value_and_grad(loss)(parameters)
        updates, state = optimizer.update(
            gradients, state, parameters, value=value, grad=gradients, value_fn=loss
        )
        return value, optax.apply_updates(parameters, updates), state

    for t in range(1, 51):
        value, parameters, state = step(parameters, state)
        losses.append(value)
        if t in (1, 2, 3, 10, 50):
            for name in start:
                tensors[f"{rule}/{t}/{name}"] = np.asarray(parameters[name])
    tensors[f"{rule}/losses"] = np.asarray(losses)
    print(rule, losses[0], losses[1], losses[2], losses[9], losses[-1])

save_file(tensors, __file__.replace("make_lbfgs.py", "lbfgs.safetensors"))
