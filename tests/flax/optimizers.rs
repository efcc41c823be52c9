//! Optimizers against optax.

use nnx::array::Array;
use nnx::module::{Entry, KindId, Path};
use nnx::prelude::*;

use crate::golden::{Errors, Golden};

/// The parameters of the goldens.
#[derive(Module)]
pub(crate) struct Weights {
    pub(crate) w: Param<shape![3, 4]>,
    pub(crate) b: Param<shape![4]>,
}

impl Weights {
    pub(crate) fn start(golden: &Golden) -> Self {
        Self { w: Param::new(golden.tensor("start/w")), b: Param::new(golden.tensor("start/b")) }
    }
}

/// The gradients of one step, counted from 1: those of `gradient`, or of `broken`.
pub(crate) fn gradients(golden: &Golden, which: &str, step: usize) -> State {
    let of = |name: &str, dims: &[usize]| {
        let all = golden.numbers(&format!("{which}/{name}"));
        let elements: usize = dims.iter().product();
        let own = all[(step - 1) * elements..step * elements].to_vec();
        let array = Array::new(own, dims).expect("a gradient");
        (Path::parse(name), Entry { kind: KindId::of::<kind::Param>(), array })
    };
    [of("w", &[3, 4]), of("b", &[4])].into_iter().collect()
}

/// Runs fifty steps, and compares the parameters after each step that the golden has. The tolerance is relative to
/// the largest element. `after` runs after each step.
pub(crate) fn compare_within(
    allowed: f64,
    which: &str,
    name: &'static str,
    rule: impl Into<Chain>,
    after: impl Fn(&mut Optimizer, usize),
) {
    let golden = Golden::open("optimizers");
    let mut model = Weights::start(&golden);
    let mut optimizer = Optimizer::new(&model, rule);
    let mut errors = Errors::of(name, allowed);
    for step in 1..=50 {
        let gradients = gradients(&golden, which, step);
        optimizer.update(&mut model, gradients).expect("the model's own gradients");
        if [1, 2, 3, 10, 50].contains(&step) {
            let name = |parameter| format!("{name}/{step}/{parameter}");
            errors.compare(&name("w"), &model.w.value().to_vec(), &golden.numbers(&name("w")));
            errors.compare(&name("b"), &model.b.value().to_vec(), &golden.numbers(&name("b")));
            compare_evaluation(&golden, &optimizer, &model, &name(""), &mut errors);
        }
        after(&mut optimizer, step);
    }
    assert_eq!(optimizer.step(), 50);
}

/// The weights for evaluation, if the golden has them; otherwise the weights of the model.
fn compare_evaluation(
    golden: &Golden,
    optimizer: &Optimizer,
    model: &Weights,
    name: &str,
    errors: &mut Errors,
) {
    let pass = optimizer.evaluation_pass(model).expect("its own model");
    let found = [model.w.get(&pass).to_vec(), model.b.get(&pass).to_vec()];
    let name = format!("evaluation/{name}");
    if golden.names(&name).is_empty() {
        assert_eq!(found, [model.w.value().to_vec(), model.b.value().to_vec()]);
        return;
    }
    for (found, parameter) in found.iter().zip(["w", "b"]) {
        let name = format!("{name}{parameter}");
        errors.compare(&name, found, &golden.numbers(&name));
    }
}

/// Three steps on f = p² from [1, −2] with learning rate 0.1, against the values of optax.
fn three_steps(rule: impl Into<Chain>) -> Vec<f32> {
    let mut model = Param::<shape![2]>::new(Tensor::from([1.0, -2.0]));
    let mut optimizer = Optimizer::new(&model, rule);
    for _ in 0..3 {
        let gradients = grad(&mut model, |p, pass| p.get(pass).square().sum()).expect("a gradient");
        optimizer.update(&mut model, gradients).expect("an update");
    }
    model.value().to_vec()
}

#[test]
fn three_steps_down_a_parabola_are_those_of_optax() {
    let mut errors = Errors::of("steps down a parabola", 5e-7);
    errors.compare("sgd", &three_steps(sgd(0.1)), &[0.512, -1.024]);
    errors.compare("adam", &three_steps(adam(0.1)), &[0.701_588_3, -1.700_625_4]);
    errors.compare(
        "adamw",
        &three_steps(adamw(0.1).weight_decay(0.1)),
        &[0.675_103_2, -1.644_370_8],
    );
}

/// An optimizer computes in the element type of its parameters.
#[test]
fn adam_works_in_f64_where_parameters_are_f64() {
    let mut model = Param::<shape![2], f64>::new(Tensor::from([1.0, -2.0]));
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    for _ in 0..3 {
        let gradients = grad(&mut model, |p, pass| p.get(pass).square().sum()).expect("a gradient");
        optimizer.update(&mut model, gradients).expect("an update");
    }
    // Computed by hand, in f64: p -= 0.1 (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8).
    let by_hand = |mut p: f64| {
        let (mut m, mut v) = (0.0, 0.0);
        for t in 1..=3 {
            let g = 2.0 * p;
            (m, v) = (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g);
            p -=
                0.1 * (m / (1.0 - 0.9f64.powi(t))) / ((v / (1.0 - 0.999f64.powi(t))).sqrt() + 1e-8);
        }
        p
    };
    for (found, start) in model.value().to_vec().into_iter().zip([1.0, -2.0]) {
        assert!((found - by_hand(start)).abs() < 1e-13, "{found} instead of {}", by_hand(start));
    }
}
