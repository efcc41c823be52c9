//! L-BFGS and its line search against optax, in f64, on a loss that the search evaluates.

use nnx::optim::{lbfgs, momo, momo_adam, polyak_sgd, zoom_linesearch};
use nnx::prelude::*;

use crate::golden::Golden;

#[derive(Module)]
struct Weights {
    w: Param<shape![3, 4], f64>,
    b: Param<shape![4], f64>,
}

/// Runs fifty steps, and compares the losses and the parameters.
fn compare(name: &str, rule: impl Into<Chain>) {
    let golden = Golden::open("lbfgs");
    let x = golden.tensor::<shape![6, 3], f64>("x");
    let y = golden.tensor::<shape![6, 4], f64>("y");
    let mut model = Weights {
        w: Param::new(golden.tensor("start/w")),
        b: Param::new(golden.tensor("start/b")),
    };
    let mut optimizer = Optimizer::new(&model, rule);
    let numbers = |name: &str| golden.array(name).to_vec::<f64>().expect("f64");
    let mut worst = 0.0f64;
    let mut near = |what: &str, found: &[f64], expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let error = (found - expected).abs();
            worst = worst.max(error);
            assert!(
                error < 1e-9,
                "{name}, {what}: {found} instead of {expected}, off by {error:.1e}"
            );
        }
    };
    let mut losses = Vec::new();
    for step in 1..=50 {
        let loss = optimizer.step_on(&mut model, |model, pass| {
            let y_found = (x.clone().matmul(model.w.get(pass)) + model.b.get(pass)).tanh();
            (y_found - y.clone()).square().mean() + model.w.get(pass).square().sum() * 0.01
        });
        losses.push(loss.expect("a step"));
        if [1, 2, 3, 10, 50].contains(&step) {
            for (parameter, found) in
                [("w", model.w.value().to_vec()), ("b", model.b.value().to_vec())]
            {
                let what = format!("{name}/{step}/{parameter}");
                near(&what, &found, &numbers(&what));
            }
        }
    }
    near("losses", &losses, &numbers(&format!("{name}/losses")));
    eprintln!("{name}: largest error {worst:.1e}");
    assert_eq!(optimizer.step(), 50);
}

#[test]
fn lbfgs_is_that_of_optax() {
    compare("lbfgs", lbfgs());
    compare("lbfgs memory=2 unscaled", lbfgs().memory(2).unscaled());
}

#[test]
fn lbfgs_with_a_learning_rate_is_that_of_optax() {
    compare("lbfgs rate=0.5", lbfgs().learning_rate(0.5));
}

#[test]
fn the_line_search_is_that_of_optax() {
    compare("sgd zoom", Chain::new().then(sgd(1.0)).then(zoom_linesearch(15)));
    let narrow = zoom_linesearch(15).max_learning_rate(4.0).conditions(0.01, 0.1).from_one();
    compare("sgd zoom narrow", Chain::new().then(sgd(1.0)).then(narrow));
}

#[test]
fn steps_of_polyak_are_those_of_optax() {
    compare("polyak_sgd", polyak_sgd(1.0));
    let bounded = polyak_sgd(2.0).max_learning_rate(0.2).f_min(0.1).eps(0.01).positive();
    compare("polyak_sgd max=0.2 f_min=0.1", bounded);
}

#[test]
fn steps_of_momo_are_those_of_optax() {
    compare("momo", momo(1.0));
    let decaying = momo(2.0).beta(0.5).lower_bound(0.1).weight_decay(0.1);
    compare("momo beta=0.5 decay=0.1", decaying);
    compare("momo adapt", momo(1.0).lower_bound(-0.5).adapt_lower_bound());
    compare("momo_adam", momo_adam(0.01));
    let adaptive = momo_adam(0.1)
        .betas(0.8, 0.99)
        .eps(1e-4)
        .lower_bound(-0.2)
        .weight_decay(0.1)
        .adapt_lower_bound();
    compare("momo_adam b1=0.8 decay=0.1 adapt", adaptive);
}
