//! The optimizers and chains of the table, and wrappers that need more than given gradients, against optax.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx::optim::{AveragedWeights, Clip, ZeroNans, apply_if_finite, injected};
use nnx::prelude::*;

use crate::golden::{Errors, Golden};
use crate::optimizer_table::{Row, rows};
use crate::optimizers::{Weights, compare_within, gradients};

/// The rounding error of fifty steps in f32. optax rounds some operations in a different order.
const ROUNDING: f64 = 4e-7;

#[test]
fn every_optimizer_of_the_table_is_that_of_optax() {
    let difference = |row: Row| {
        let compare = || compare_within(row.allowed, "gradient", row.name, (row.make)(), |_, _| ());
        let panic = catch_unwind(AssertUnwindSafe(compare)).err()?;
        Some(panic.downcast_ref::<String>().cloned().expect("a message"))
    };
    let of_optax = rows().into_iter().filter(|row| row.in_optax);
    let differences: Vec<String> = of_optax.filter_map(difference).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Every golden of optax must be read by a test: one that isn't is a forgotten row.
#[test]
fn every_optimizer_of_the_golden_is_in_the_table() {
    let others = ["injected adam", "zero_nans clip sgd", "apply_if_finite adam", "average"];
    let of_optax = rows().into_iter().filter(|row| row.in_optax).map(|row| row.name);
    let known: BTreeSet<&str> = of_optax.chain(others).collect();
    let names = Golden::open("optimizers").names("");
    let of = |name: &String| name.strip_suffix("/50/w").map(str::to_owned);
    let optimizers: BTreeSet<String> =
        names.iter().filter_map(of).chain(["average".into()]).collect();
    let trained = optimizers.iter().filter(|name| !name.starts_with("evaluation/"));
    assert_eq!(trained.map(String::as_str).collect::<BTreeSet<_>>(), known);
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
