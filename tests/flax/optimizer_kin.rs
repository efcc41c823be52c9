//! Optimizers and transforms that aren't in `optimizers.rs`, against optax.

use nnx::optim::{
    AddDecayedWeights, AveragedWeights, Clip, Ema, ZeroNans, adabelief, adagrad, adamax, adamaxw,
    amsgrad, apply_if_finite, clip_by_block_rms, every, freeze, injected, lamb, lars, linear, lion,
    masked, nadam, nadamw, partition, radam, rmsprop, yogi,
};
use nnx::prelude::*;

use crate::golden::{Errors, Golden};
use crate::optimizers::{Weights, compare_within, gradients};

/// The rounding error of fifty steps in f32. optax rounds some operations in another order.
const ROUNDING: f64 = 4e-7;

fn compare(name: &'static str, rule: impl Into<Chain>) {
    compare_within(ROUNDING, "gradient", name, rule, |_, _| ());
}

#[test]
fn rmsprop_is_that_of_optax() {
    compare("rmsprop", rmsprop(0.01));
    compare("rmsprop decay=0.99 eps outside", rmsprop(0.01).decay(0.99).eps_outside());
    compare("rmsprop centered momentum", rmsprop(0.01).centered().momentum(0.9));
    let corrected = rmsprop(0.01).initial_scale(1.0).bias_correction().momentum(0.9).nesterov();
    compare("rmsprop corrected nesterov", corrected);
}

#[test]
fn adagrad_is_that_of_optax() {
    compare("adagrad", adagrad(0.1));
    let rule = adagrad(0.1).initial_accumulator_value(0.0).eps(1e-3);
    compare("adagrad initial=0 eps=0.001", rule);
}

#[test]
fn lion_is_that_of_optax() {
    compare("lion", lion(0.01));
    compare("lion b1=0.8 b2=0.95 decay=0.1", lion(0.01).betas(0.8, 0.95).weight_decay(0.1));
}

#[test]
fn variants_of_adam_are_those_of_optax() {
    compare("adam eps_root", adam(0.01).eps_root(1e-2));
    compare("adamax", adamax(0.01));
    compare("adamaxw", adamaxw(0.01));
    compare("nadam", nadam(0.01));
    compare("nadamw", nadamw(0.01));
    compare("amsgrad", amsgrad(0.01));
    compare("yogi", yogi(0.01));
}

#[test]
fn radam_is_that_of_optax_before_and_after_its_threshold() {
    // optax computes ρ, a small difference of large values, in f32. That is 3e-5 from ours in f64.
    compare_within(4e-5, "gradient", "radam", radam(0.01), |_, _| ());
    compare("radam b2=0.9 nesterov", radam(0.01).betas(0.9, 0.9).nesterov());
}

#[test]
fn adabelief_is_that_of_optax() {
    compare("adabelief", adabelief(0.01));
    let rule = adabelief(0.01).eps(1e-3).eps_root(1e-6).nesterov();
    compare("adabelief eps=0.001 nesterov", rule);
}

#[test]
fn lamb_and_lars_are_those_of_optax() {
    compare("lamb", lamb(0.01));
    compare("lamb decay=0.1", lamb(0.01).weight_decay(0.1));
    compare("lars", lars(0.1));
    let rule = lars(0.1).weight_decay(0.1).decay_only(Filter::within("w"));
    let rule = rule.trust(0.01, 1e-3).trust_only(Filter::within("b")).momentum(0.8).nesterov();
    compare("lars decay=0.1 masks", rule);
}

#[test]
fn clipping_is_that_of_optax() {
    let momentum = sgd(0.1).momentum(0.9);
    let rule = Chain::new().then(clip_by_global_norm(1.0)).then(momentum);
    compare("clip_by_global_norm 1 momentum", rule);
    compare("clip 0.5 sgd", Chain::new().then(Clip { max_delta: 0.5 }).then(sgd(0.1)));
    let rule = Chain::new().then(clip_by_block_rms(0.5)).then(sgd(0.1));
    compare("clip_by_block_rms 0.5 sgd", rule);
    let clip = masked(Filter::within("b"), clip_by_global_norm(0.5));
    compare("masked clip", Chain::new().then(clip).then(sgd(0.1)));
}

#[test]
fn decay_of_some_parameters_is_that_of_optax() {
    let only = Filter::within("w");
    compare("adamw decay=0.1 w only", adamw(0.01).weight_decay(0.1).decay_only(only.clone()));
    let decay = masked(only, AddDecayedWeights { decay: 0.1 });
    compare("decay before momentum", Chain::new().then(decay).then(sgd(0.1).momentum(0.9)));
}

#[test]
fn averages_of_updates_are_those_of_optax() {
    compare("ema sgd", Chain::new().then(Ema::default()).then(sgd(0.1)));
    let biased = Ema { decay: 0.9, debias: false };
    compare("ema biased sgd", Chain::new().then(biased).then(sgd(0.1)));
}

#[test]
fn groups_of_parameters_are_those_of_optax() {
    let rule = partition()
        .group(Filter::within("w"), adam(0.1))
        .group(Filter::everything(), sgd(linear(0.1, 0.0, 40)));
    compare("partition", rule);
    let rule =
        partition().group(Filter::within("b"), freeze()).group(Filter::everything(), adam(0.01));
    compare("partition frozen", rule);
}

#[test]
fn accumulated_gradients_are_those_of_optax() {
    let rate = warmup_cosine_decay(0.0, 0.1, 10, 40, 0.001);
    compare("every 4 adam warmup_cosine", every(4, adam(rate)));
}

#[test]
fn a_rate_that_is_set_between_steps_is_that_of_optax() {
    compare_within(
        ROUNDING,
        "gradient",
        "injected adam",
        adam(injected(0.01)),
        |optimizer, step| {
            if step == 20 {
                optimizer.set_learning_rate(0.002);
            }
        },
    );
}

#[test]
fn gradients_that_are_not_finite_are_treated_as_in_optax() {
    let rule = Chain::new().then(ZeroNans {}).then(Clip { max_delta: 1.0 }).then(sgd(0.1));
    compare_within(ROUNDING, "broken", "zero_nans clip sgd", rule, |_, _| ());
    let rate = warmup_cosine_decay(0.0, 0.1, 10, 40, 0.001);
    let rule = apply_if_finite(adam(rate), 5);
    compare_within(ROUNDING, "broken", "apply_if_finite adam", rule, |_, _| ());
}

#[test]
fn averaged_weights_are_those_of_optax() {
    let golden = Golden::open("optimizers");
    let mut model = Weights::start(&golden);
    let mut optimizer = Optimizer::new(&model, sgd(0.1));
    let mut average = AveragedWeights::new(&model, 0.9);
    let mut errors = Errors::of("averaged weights", ROUNDING);
    for step in 1..=50 {
        optimizer.update(&mut model, gradients(&golden, "gradient", step)).expect("a step");
        average.update(&model).expect("the same model");
        if [1, 2, 3, 10, 50].contains(&step) {
            let name = |parameter| format!("average/{step}/{parameter}");
            let pass = average.pass(&model).expect("the same model");
            errors.compare(&name("w"), &model.w.get(&pass).to_vec(), &golden.numbers(&name("w")));
            errors.compare(&name("b"), &model.b.get(&pass).to_vec(), &golden.numbers(&name("b")));
        }
    }
}
