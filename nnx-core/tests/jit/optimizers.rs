//! Every optimizer of the table, as a recorded step.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::prelude::*;
use nnx_core::optim::{
    Chain, Schedule, apply_if_finite, clip_by_global_norm, every, lbfgs, partition, polyak_sgd,
};
use nnx_core::program::{Memo, Plan, Rewrites};
use nnx_core::random::Key;

use crate::optimizer_table::rows;
use crate::{assert_same, bits, panic_of};

/// The parameters of the rows of the table.
#[derive(Debug, Clone, Module)]
pub(crate) struct Weights {
    w: Param<shape![3, 4]>,
    b: Param<shape![4]>,
}

pub(crate) fn weights() -> Weights {
    let affine = Linear::<U3, U4>::init(&mut Rngs::new(0));
    Weights { w: affine.kernel, b: Param::new(Tensor::from([0.5, -1.0, 0.0, 2.0])) }
}

pub(crate) type Modules<'a> = (&'a mut Weights, &'a mut Optimizer);

pub(crate) fn train(
    (model, optimizer): Modules<'_>,
    x: Tensor![2, 3],
) -> Result<Tensor![], nnx_core::Error> {
    let (loss, grads) = loss_and_grad(model, |model, pass| {
        (x.matmul(model.w.get(pass)) + model.b.get(pass)).square().sum()
    })?;
    optimizer.update(model, grads)?;
    Ok(loss)
}

fn run(name: &str, make: fn() -> Chain, allowed: usize) {
    let mut step = jit(train);
    let (mut model, mut expected) = (weights(), weights());
    let (mut optimizer, mut eager) =
        (Optimizer::new(&model, make()), Optimizer::new(&expected, make()));
    for i in 0..9 {
        let x = <Tensor![2, 3]>::normal(Key::new(i));
        let loss = step.call((&mut model, &mut optimizer), x.clone()).expect(name);
        let wanted = train((&mut expected, &mut eager), x).expect(name);
        assert_eq!(loss.item().to_bits(), wanted.item().to_bits(), "{name}");
        assert_same(&model, &expected, name);
        assert_same(&optimizer, &eager, name);
    }
    assert!(step.programs() <= allowed, "{name} has {} programs", step.programs());
}

/// Nine steps: parameters, slots, counters and losses. A branch on a counter has a program for each of its values.
#[test]
fn every_optimizer_of_the_table_is_the_same_replayed() {
    let failed: Vec<String> = rows()
        .into_iter()
        .filter(|row| catch_unwind(AssertUnwindSafe(|| run(row.name, row.make, 4))).is_err())
        .map(|row| row.name.to_owned())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

/// A step computes each of them from the counters alone, and their names are the same.
#[test]
fn two_schedules_stay_two_steps_of_a_plan() {
    let mut model = weights();
    let rate = |factor: f64| sgd(Schedule::new(move |step| factor / f64::from(step as u32 + 1)));
    let chain =
        partition().group(Filter::within("w"), rate(0.1)).group(Filter::everything(), rate(0.5));
    let mut optimizer = Optimizer::new(&model, chain);
    let mut step = jit(train);
    let program = step.program((&mut model, &mut optimizer), Tensor::ones()).expect("a program");
    let plan = Plan::with(&program, Rewrites::Exact, &Memo::default()).expect("a plan");
    for text in [program.to_string(), plan.to_string()] {
        assert_eq!(text.matches("learning_rate").count(), 2, "{text}");
    }
}

/// The third and the fifth to the seventh step have gradients that aren't finite; two in a row are skipped, the third isn't.
#[test]
fn steps_whose_gradients_are_not_finite_are_skipped() {
    let inner = || {
        let scheduled = adam(warmup_cosine_decay(0.0, 1e-2, 2, 9, 0.0));
        Chain::new().then(clip_by_global_norm(0.5)).then(every(2, scheduled))
    };
    let make = || {
        let mut model = weights();
        // A step that is skipped leaves minus zero as it is.
        model.b.replace(Tensor::from([0.5, -0.0, 0.0, 2.0]));
        let optimizer = Optimizer::new(&model, apply_if_finite(inner(), 2));
        (model, optimizer)
    };
    let (mut a, mut b) = (make(), make());
    let mut step = jit(train);
    for i in 0..9 {
        let mut x = <Tensor![2, 3]>::normal(Key::new(i));
        if [2, 4, 5, 6].contains(&i) {
            x *= if i == 5 { f32::INFINITY } else { f32::NAN };
        }
        let before = bits(&a.0);
        let loss = step.call((&mut a.0, &mut a.1), x.clone()).expect("a step").item();
        let wanted = train((&mut b.0, &mut b.1), x).expect("a step").item();
        assert_eq!(loss.to_bits(), wanted.to_bits(), "step {i}");
        assert_same(&a, &b, "after a step");
        assert!(![2, 4, 5].contains(&i) || bits(&a.0) == before, "step {i} is skipped");
    }
    assert!(a.0.w.value().to_vec().iter().any(|w| w.is_nan()), "the last of three is applied");
}

/// What decides by the values of gradients, or evaluates the loss again, says so.
#[test]
fn what_reads_numbers_is_refused() {
    let refused = |make: fn() -> Chain| {
        let mut model = weights();
        let mut optimizer = Optimizer::new(&model, make());
        let mut step = jit(train);
        panic_of(|| step.call((&mut model, &mut optimizer), Tensor::zeros()))
    };
    assert_eq!(
        refused(|| lbfgs().learning_rate(0.1).into()),
        "`lbfgs` chooses its steps by numbers that it computes from gradients, which aren't known while `jit` records: run \
         this step without `jit`"
    );
}

#[test]
fn a_step_that_evaluates_the_loss_is_refused() {
    let mut model = weights();
    let mut optimizer = Optimizer::new(&model, polyak_sgd(1.0));
    let mut step = jit(|(model, optimizer): Modules<'_>, x: Tensor![2, 3]| {
        optimizer
            .step_on(model, |model, pass| x.clone().matmul(model.w.get(pass)).square().sum())?;
        Ok(())
    });
    assert_eq!(
        panic_of(|| step.call((&mut model, &mut optimizer), Tensor::zeros())),
        "`step_on` gives the loss as a number to the optimizer, which isn't known while `jit` records a step: write \
         `loss_and_grad` and `update` in place of it, or run an optimizer that evaluates the loss, such as `lbfgs`, without \
         `jit`"
    );
}
