# Makes optimizers.safetensors: fifty steps of optax's optimizers on given gradients, and schedules.
# Python 3.11; pip install jax==0.10.2 jaxlib==0.10.2 optax==0.2.8 numpy==2.4.6 safetensors==0.8.0
#
# The gradients don't depend on the parameters, so errors don't feed back: a wrong rule is off at
# once, a right one stays within rounding.

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
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
warmup_constant = optax.warmup_constant_schedule(0.0, 0.05, 10)
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
    "rmsprop decay=0.99 eps outside": optax.rmsprop(0.01, decay=0.99, eps_in_sqrt=False),
    "rmsprop centered momentum": optax.rmsprop(0.01, centered=True, momentum=0.9),
    "rmsprop corrected nesterov": optax.rmsprop(
        0.01, initial_scale=1.0, bias_correction=True, momentum=0.9, nesterov=True
    ),
    "adagrad initial=0 eps=0.001": optax.adagrad(0.1, initial_accumulator_value=0.0, eps=1e-3),
    "lion b1=0.8 b2=0.95 decay=0.1": optax.lion(0.01, b1=0.8, b2=0.95, weight_decay=0.1),
    "adamw decay=0.1 w only": optax.adamw(0.01, weight_decay=0.1, mask={"w": True, "b": False}),
    "adam eps_root": optax.adam(0.01, eps_root=1e-2),
    "adamax": optax.adamax(0.01),
    "adamaxw": optax.adamaxw(0.01),
    "nadam": optax.nadam(0.01),
    "nadamw": optax.nadamw(0.01),
    "radam": optax.radam(0.01),
    "radam b2=0.9 nesterov": optax.radam(0.01, b2=0.9, nesterov=True),
    "amsgrad": optax.amsgrad(0.01),
    "adabelief": optax.adabelief(0.01),
    "adabelief eps=0.001 nesterov": optax.adabelief(0.01, eps=1e-3, eps_root=1e-6, nesterov=True),
    "yogi": optax.yogi(0.01),
    "lamb": optax.lamb(0.01),
    "lamb decay=0.1": optax.lamb(0.01, weight_decay=0.1),
    "lars": optax.lars(0.1),
    "lars decay=0.1 masks": optax.lars(
        0.1, weight_decay=0.1, weight_decay_mask={"w": True, "b": False}, trust_coefficient=0.01,
        eps=1e-3, trust_ratio_mask={"w": False, "b": True}, momentum=0.8, nesterov=True,
    ),
    "clip_by_block_rms 0.5 sgd": optax.chain(optax.clip_by_block_rms(0.5), optax.sgd(0.1)),
    "ema sgd": optax.chain(optax.ema(0.9), optax.sgd(0.1)),
    "ema biased sgd": optax.chain(optax.ema(0.9, debias=False), optax.sgd(0.1)),
    "masked clip": optax.chain(
        optax.masked(optax.clip_by_global_norm(0.5), {"w": False, "b": True}), optax.sgd(0.1)
    ),
    "partition": optax.partition(
        {"fast": optax.adam(0.1), "slow": optax.sgd(optax.linear_schedule(0.1, 0.0, 40))},
        {"w": "fast", "b": "slow"},
    ),
    "partition frozen": optax.partition(
        {"trained": optax.adam(0.01), "frozen": optax.set_to_zero()}, {"w": "trained", "b": "frozen"}
    ),
    "every 4 adam warmup_cosine": optax.MultiSteps(optax.adam(warmup), every_k_schedule=4),
    "decay before momentum": optax.chain(
        optax.add_decayed_weights(0.1, {"w": True, "b": False}), optax.sgd(0.1, momentum=0.9)
    ),
    "sign_sgd": optax.sign_sgd(0.01),
    "adadelta": optax.adadelta(1.0),
    "adadelta rho=0.95 eps=0.0001 decay=0.1": optax.adadelta(
        0.5, rho=0.95, eps=1e-4, weight_decay=0.1
    ),
    "adan": optax.adan(0.01),
    "adan b1=0.9 b2=0.8 b3=0.95 decay=0.1": optax.adan(
        0.01, b1=0.9, b2=0.8, b3=0.95, eps=1e-6, eps_root=1e-4, weight_decay=0.1
    ),
    "novograd": optax.novograd(0.01),
    "novograd b1=0.8 b2=0.9 decay=0.1": optax.novograd(
        0.01, b1=0.8, b2=0.9, eps=1e-3, eps_root=1e-4, weight_decay=0.1
    ),
    "rprop": optax.rprop(0.01),
    "rprop factors=0.7,1.5 sizes=0.005..0.05": optax.rprop(
        0.01, eta_minus=0.7, eta_plus=1.5, min_step_size=0.005, max_step_size=0.05
    ),
    "adafactor": optax.adafactor(0.01),
    "adafactor factored": optax.adafactor(0.01, min_dim_size_to_factor=2),
    "adafactor factored momentum decay=0.01": optax.adafactor(
        0.01, min_dim_size_to_factor=2, decay_rate=0.7, clipping_threshold=0.5, momentum=0.9,
        weight_decay_rate=0.01, eps=1e-6, weight_decay_mask={"w": True, "b": False},
    ),
    "adafactor without scale": optax.adafactor(
        0.01, multiply_by_parameter_scale=False, clipping_threshold=None, factored=False,
        decay_offset=-3,
    ),
    "sm3": optax.sm3(0.1),
    "sm3 momentum=0.5": optax.sm3(0.1, momentum=0.5),
    "sm3 b2=0.9 eps=0.001": optax.chain(
        optax.scale_by_sm3(b1=0.8, b2=0.9, eps=1e-3), optax.scale(-0.1)
    ),
    "signum": optax.signum(0.01),
    "signum beta=0.5": optax.signum(warmup, beta=0.5),
    "fromage": optax.fromage(0.01),
    "fromage min_norm=0.5 warmup": optax.fromage(warmup, min_norm=0.5),
    "noisy_sgd": optax.noisy_sgd(0.1, key=3),
    "noisy_sgd eta=0.1 gamma=0.3": optax.noisy_sgd(warmup, eta=0.1, gamma=0.3, key=jax.random.key(5)),
    "optimistic_gradient_descent": optax.optimistic_gradient_descent(0.1),
    "optimistic_gradient_descent alpha=0.9 beta=0.5": optax.optimistic_gradient_descent(
        warmup, alpha=0.9, beta=0.5
    ),
    "optimistic_adam": optax.optimistic_adam_v2(0.01),
    "optimistic_adam alpha=0.02 beta=0.01 b1=0.5": optax.optimistic_adam_v2(
        1.0, alpha=0.02, beta=0.01, b1=0.5, b2=0.9, eps=1e-6, eps_root=1e-4, nesterov=False
    ),
    "ademamix": optax.contrib.ademamix(0.01),
    "ademamix b3=0.99 alpha=2 decay=0.1": optax.contrib.ademamix(
        0.01, b1=0.8, b2=0.95, b3=0.99, alpha=2.0, eps=1e-6, eps_root=1e-6, weight_decay=0.1
    ),
    "simplified_ademamix": optax.contrib.simplified_ademamix(1e-3),
    "simplified_ademamix b1=0.9 alpha=3 decay=0.1": optax.contrib.simplified_ademamix(
        1e-3, b1=0.9, b2=0.99, alpha=3.0, eps=1e-6, eps_root=1e-6, weight_decay=0.1
    ),
    "adopt": optax.contrib.adopt(0.01),
    "adopt nesterov without clipping": optax.contrib.adopt(
        0.01, b1=0.8, b2=0.99, eps=1e-3, nesterov=True, use_clipping=False
    ),
    "acprop": optax.contrib.acprop(0.01, eps=1e-8),
    "acprop b1=0.5 decay=0.1": optax.contrib.acprop(
        0.01, b1=0.5, b2=0.95, eps=1e-3, eps_root=1e-6, weight_decay=0.1
    ),
    "madgrad": optax.contrib.madgrad(0.01),
    "madgrad momentum=0.5 decay=0.1": optax.contrib.madgrad(
        warmup, momentum=0.5, eps=1e-3, weight_decay=0.1
    ),
    "prodigy": optax.contrib.prodigy(1.0),
    "prodigy warmup decay=0.1": optax.contrib.prodigy(
        warmup, betas=(0.8, 0.99), eps=1e-6, estim_lr0=1e-3, estim_lr_coef=0.5, weight_decay=0.1,
        safeguard_warmup=True,
    ),
    "dadapt_adamw": optax.contrib.dadapt_adamw(1.0),
    "dadapt_adamw b2=0.99 decay=0.1": optax.contrib.dadapt_adamw(
        1.0, betas=(0.8, 0.99), eps=1e-6, estim_lr0=1e-3, weight_decay=0.1
    ),
    "dog": optax.contrib.dog(1.0),
    "dog init=0.01 decay=0.1": optax.contrib.dog(
        0.5, init_step=("heuristic", 0.01), eps=1e-3, weight_decay=0.1, mask={"w": True, "b": False}
    ),
    "dowg": optax.contrib.dowg(1.0),
    "dowg init=0.01 decay=0.1": optax.contrib.dowg(
        0.5, init_estim_sq_dist=0.01, eps=1e-3, weight_decay=0.1
    ),
    "cocob": optax.contrib.cocob(),
    "cocob alpha=5 decay=0.1": optax.contrib.cocob(0.5, alpha=5.0, eps=1e-3, weight_decay=0.1),
    "muon": optax.contrib.muon(0.01),
    "muon beta=0.8 decay=0.1": optax.contrib.muon(
        0.01, beta=0.8, weight_decay=0.1, nesterov=False, ns_steps=3, consistent_rms=0.2,
        adam_learning_rate=0.02, adam_b1=0.8, adam_b2=0.99, adam_weight_decay=0.2,
    ),
    "muon aol adaptive": optax.contrib.muon(0.01, adaptive=True, preconditioning="aol"),
    "muon schatten": optax.contrib.muon(0.01, preconditioning="schatten"),
    "lookahead adam": optax.lookahead(optax.adam(0.01), sync_period=4, slow_step_size=0.5),
    "lookahead adam reset": optax.lookahead(
        optax.adam(warmup), sync_period=3, slow_step_size=0.3, reset_state=True
    ),
    "sam": optax.contrib.sam(
        optax.adam(warmup), optax.chain(optax.contrib.normalize(), optax.sgd(0.05))
    ),
    "sam 3 momentum": optax.contrib.sam(
        optax.sgd(0.1), optax.sgd(0.05, momentum=0.9), sync_period=3, reset_state=False
    ),
    "mechanize adam": optax.contrib.mechanize(optax.adam(1.0)),
    "mechanize sgd 3 decay=0.1": optax.contrib.mechanize(
        optax.sgd(warmup), weight_decay=0.1, eps=1e-4, s_init=1e-2, num_betas=3
    ),
    "schedule_free sgd": optax.contrib.schedule_free(optax.sgd(0.1), 0.1),
    "schedule_free adam warmup": optax.contrib.schedule_free(
        optax.adam(warmup_constant, b1=0.0), warmup_constant, b1=0.95, weight_lr_power=1.0
    ),
}
# The parameters to evaluate with, where they aren't those that gradients are taken at.
evaluated = {
    "lookahead adam": lambda state, parameters: parameters.slow,
    "lookahead adam reset": lambda state, parameters: parameters.slow,
    # Within a period, the parameters before its first step.
    "sam": lambda state, parameters: state.cache if state.steps_since_sync else parameters,
    "sam 3 momentum": lambda state, parameters: state.cache if state.steps_since_sync else parameters,
    "schedule_free sgd": optax.contrib.schedule_free_eval_params,
    "schedule_free adam warmup": optax.contrib.schedule_free_eval_params,
}
# The same on gradients that break: NaN at step 3, infinite at steps 4, 11, 12 and 13.
on_broken = {
    "zero_nans clip sgd": optax.chain(optax.zero_nans(), optax.clip(1.0), optax.sgd(0.1)),
    "apply_if_finite adam": optax.apply_if_finite(optax.adam(warmup), max_consecutive_errors=5),
}
broken = {name: gradient.copy() for name, gradient in gradients.items()}
broken["w"][2, 1, 2] = np.nan
broken["b"][[3, 10, 11, 12], 1] = [np.inf, -np.inf, np.inf, np.inf]
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
    "join three": optax.join_schedules(
        [
            optax.linear_schedule(0.0, 1.0, 10),
            optax.exponential_decay(1.0, 10, 0.5),
            optax.constant_schedule(0.2),
        ],
        [10, 30],
    ),
    "polynomial power=2 begin=10": optax.polynomial_schedule(1.0, 0.1, 2, 40, transition_begin=10),
    "polynomial power=0.5": optax.polynomial_schedule(0.1, 1.0, 0.5, 40),
    "cosine_decay alpha=0.1 exponent=2": optax.cosine_decay_schedule(0.5, 50, 0.1, exponent=2.0),
    "exponential begin=5 end=0.2": optax.exponential_decay(
        0.5, 10, 0.7, transition_begin=5, end_value=0.2
    ),
    "exponential rising": optax.exponential_decay(0.1, 10, 1.5, end_value=0.6),
    "exponential staircase begin=5": optax.exponential_decay(
        0.5, 10, 0.7, transition_begin=5, staircase=True
    ),
    "warmup_constant": optax.warmup_constant_schedule(0.0, 0.5, 20),
    "warmup_exponential": optax.warmup_exponential_decay_schedule(
        0.0, 0.5, 10, 10, 0.7, transition_begin=5, end_value=0.1
    ),
    "sgdr": optax.sgdr_schedule([
        dict(init_value=0.0, peak_value=1.0, warmup_steps=5, decay_steps=20, end_value=0.1),
        dict(init_value=0.1, peak_value=0.5, warmup_steps=10, decay_steps=35),
    ]),
    "cosine_onecycle": optax.cosine_onecycle_schedule(50, 0.5),
    "linear_onecycle": optax.linear_onecycle_schedule(50, 0.5),
    "interpolate linear": optax.piecewise_interpolate_schedule("linear", 1.0, {20: 0.1, 40: 3.0}),
    "interpolate cosine": optax.piecewise_interpolate_schedule("cosine", 1.0, {20: 0.1, 40: 3.0}),
}

tensors = {}
for name in shapes:
    tensors[f"start/{name}"] = start[name]
    tensors[f"gradient/{name}"] = gradients[name]



def run(rule, optimizer, gradients):
    parameters = {name: jnp.asarray(value) for name, value in start.items()}
    if rule.startswith("lookahead"):
        parameters = optax.LookaheadParams.init_synced(parameters)
    state = optimizer.init(parameters)
    # Without jit, XLA computes b2^t by squaring. Its rounding changes the factor of radam by 0.6 %.
    update = jax.jit(optimizer.update) if rule.startswith("radam") else optimizer.update
    for t in step:
        gradient = {name: jnp.asarray(gradients[name][t - 1]) for name in shapes}
        updates, state = update(gradient, state, parameters)
        parameters = optax.apply_updates(parameters, updates)
        if t in (1, 2, 3, 10, 50):
            trained = parameters.fast if rule.startswith("lookahead") else parameters
            for name in shapes:
                tensors[f"{rule}/{t}/{name}"] = np.asarray(trained[name])
                if rule in evaluated:
                    of = evaluated[rule](state, parameters)[name]
                    tensors[f"evaluation/{rule}/{t}/{name}"] = np.asarray(of)
        if rule.startswith("injected") and t == 20:
            state.hyperparams["learning_rate"] = jnp.asarray(0.002)


for rule, optimizer in rules.items():
    run(rule, optimizer, gradients)
for rule, optimizer in on_broken.items():
    run(rule, optimizer, broken)
for name in shapes:
    tensors[f"broken/{name}"] = broken[name]
# The rate is 0.01 up to step 20, and 0.002 from then on.
settings = ("b1", "b2", "eps", "eps_root")  # numbers, not arrays of f32
run(
    "injected adam",
    optax.inject_hyperparams(optax.adam, static_args=settings)(learning_rate=0.01),
    gradients,
)

# The average of the weights under sgd, after each of the steps that are kept.
parameters = {name: jnp.asarray(value) for name, value in start.items()}
optimizer, average = optax.sgd(0.1), optax.ema(0.9)
state, means = optimizer.init(parameters), average.init(parameters)
for t in step:
    gradient = {name: jnp.asarray(gradients[name][t - 1]) for name in shapes}
    updates, state = optimizer.update(gradient, state, parameters)
    parameters = optax.apply_updates(parameters, updates)
    averaged, means = average.update(parameters, means)
    if t in (1, 2, 3, 10, 50):
        for name in shapes:
            tensors[f"average/{t}/{name}"] = np.asarray(averaged[name])

for name, schedule in schedules.items():
    values = [schedule(jnp.asarray(t, jnp.int32)) for t in range(61)]
    tensors[f"schedule/{name}"] = np.asarray(values, np.float32)

save_file(tensors, __file__.replace("make_optimizers.py", "optimizers.safetensors"))

# The names of all optimizers, for docs/optimizers.md: of optax, and what else optax.contrib has.
import functools
import inspect
from pathlib import Path


def is_optimizer(f):
    f = f.func if isinstance(f, functools.partial) else f
    return inspect.isfunction(f) and f.__module__ == "optax._src.alias"


top = [name for name, f in vars(optax).items() if is_optimizer(f)] + ["lookahead"]
contrib = [
    f"contrib.{name}"
    for name, f in vars(optax.contrib).items()
    if inspect.isfunction(f) and not name.startswith("scale_by_")
]
Path(__file__).with_name("optax_optimizers.txt").write_text(
    "".join(f"{name}\n" for name in sorted(top) + sorted(contrib))
)
