//! What may differ between two calls of one recorded step: other modules of the same type, and tensors that the function
//! captures.

use crate::prelude::*;
use nnx_core::module::compile;
use nnx_core::random::Key;
use nnx_core::tensor::{gradient, vmap};

use crate::{assert_same, bits, panic_of};

type Model = Linear<U2, U1>;
type X = Tensor![Batch, 2];

fn x(seed: u64) -> X {
    X::zeros_of(&[3]).normal_like(Key::new(seed))
}

fn train(
    (model, optimizer): (&mut Model, &mut Optimizer),
    x: X,
) -> Result<Tensor![], nnx_core::Error> {
    let (loss, grads) =
        loss_and_grad(model, |model, pass| (model.forward(x, pass) - 1.0).square().mean())?;
    optimizer.update(model, grads)?;
    Ok(loss)
}

/// The rate is no variable, so that both optimizers have the same variables.
#[test]
fn an_optimizer_with_another_rate_has_a_program_of_its_own() {
    let make = || {
        let model = Model::init(&mut Rngs::new(0));
        let optimizers = [sgd(0.1), sgd(0.5)].map(|sgd| Optimizer::new(&model, sgd));
        (model, optimizers)
    };
    let (mut a, mut b) = (make(), make());
    let mut step = jit(train);
    for i in 0..6 {
        let which = i as usize % 2;
        step.call((&mut a.0, &mut a.1[which]), x(i)).expect("a step");
        train((&mut b.0, &mut b.1[which]), x(i)).expect("a step");
        assert_same(&a.0, &b.0, "the model");
        assert_same(&a.1[which], &b.1[which], "the optimizer");
    }
    assert_eq!(step.programs(), 2);
}

#[test]
fn a_model_with_another_plain_field_has_a_program_of_its_own() {
    fn run(dropout: &mut Dropout, x: X) -> Result<X, nnx_core::Error> {
        let mut pass = Pass::train();
        let y = dropout.forward(x, &mut pass);
        pass.commit(dropout)?;
        Ok(y)
    }
    let make = || [0.1, 0.9].map(|rate| Dropout::new(rate, &mut Rngs::new(0)));
    let (mut a, mut b) = (make(), make());
    let mut step = jit(run);
    for i in 0..4 {
        for (a, b) in a.iter_mut().zip(&mut b) {
            let y = step.call(a, x(i)).expect("a step");
            assert_eq!(y, run(b, x(i)).expect("a step"));
        }
    }
    assert_eq!(step.programs(), 2);
}

/// Many models, one after another, don't fill the memory with programs.
#[test]
fn programs_of_the_last_64_models_are_kept() {
    let mut step = jit(|model: &mut Model, x: X| Ok(model.infer(x)));
    let make = |seed| Model::init(&mut Rngs::new(seed));
    for seed in 0..70 {
        let mut model = make(seed);
        for i in 0..2 {
            let y = step.call(&mut model, x(i)).expect("a step");
            assert_eq!(y, model.infer(x(i)));
        }
    }
    assert_eq!(step.programs(), 64);
}

/// Values that are set from outside are read: they aren't a part of the program.
#[test]
fn weights_that_are_set_between_calls_are_used() {
    let mut model = Model::init(&mut Rngs::new(0));
    let other = state(&Model::init(&mut Rngs::new(1)));
    let mut step = jit(|model: &mut Model, x: X| Ok(model.infer(x)));
    step.call(&mut model, x(0)).expect("a step");
    update(&mut model, &other).expect("the same structure");
    assert_eq!(step.call(&mut model, x(1)).expect("a step"), model.infer(x(1)));
    model.kernel.replace(Tensor::ones());
    assert_eq!(step.call(&mut model, x(2)).expect("a step"), model.infer(x(2)));
    assert_eq!(step.programs(), 1);
}

/// A step that makes variables anew doesn't have to be recorded for each run.
#[test]
fn a_step_that_replaces_a_variable_is_recorded_once() {
    fn run(model: &mut Model, x: X) -> Result<(), nnx_core::Error> {
        let moved = model.kernel.value().clone() * x.mean().broadcast_to::<shape![2, 1]>();
        model.kernel = Param::new(moved);
        Ok(())
    }
    let (mut a, mut b) = (Model::init(&mut Rngs::new(0)), Model::init(&mut Rngs::new(0)));
    let mut step = jit(run);
    for i in 0..3 {
        step.call(&mut a, x(i)).expect("a step");
        run(&mut b, x(i)).expect("a step");
        assert_same(&a, &b, "after a step");
    }
    assert_eq!(step.programs(), 1);
}

/// The program would have lost the gradient of a captured tensor.
#[test]
fn a_captured_tensor_that_is_differentiated_is_refused() {
    let mut model = Model::init(&mut Rngs::new(0));
    let message = panic_of(|| {
        gradient(
            |w: Tensor![]| {
                let mut step = jit(|model: &mut Model, x: X| Ok(model.infer(x).sum() * w.clone()));
                step.call(&mut model, x(0)).expect("a step")
            },
            Tensor::ones(),
        )
    });
    assert!(message.contains("captures"), "{message}");
}

/// Neither an output nor an operation shows it.
#[test]
fn a_captured_tensor_that_goes_into_a_variable_alone_is_refused() {
    type Own = Param<shape![2]>;
    fn message_of(run: impl Fn(&mut Own, Tensor![2])) -> String {
        let mut model = Own::new(Tensor::from([1.0, 2.0]));
        let before = bits(&model);
        let message = panic_of(|| {
            gradient(
                |w: Tensor![2]| {
                    let mut step = jit(|model: &mut Own, (): ()| {
                        run(model, w.clone());
                        Ok(())
                    });
                    step.call(&mut model, ()).expect("a step");
                    w.sum()
                },
                Tensor::ones(),
            )
        });
        assert_eq!(bits(&model), before);
        message
    }
    let message = message_of(|model, w| model.replace(w));
    assert_eq!(
        message,
        "a function that `jit`, `compile` or `record` records captures a tensor that is being differentiated or batched by \
         `vmap`, which would be a constant of the program: give it as an input, or capture `x.stop_gradient()`"
    );
    assert_eq!(message_of(|model, w| model.replace(model.value().clone() * w)), message);
    assert_eq!(
        message_of(|model, w| model.replace((model.value().clone() * w).stop_gradient())),
        message
    );
}

#[test]
fn a_captured_tensor_without_its_gradient_is_a_constant() {
    let mut model = Model::init(&mut Rngs::new(0));
    let slope = gradient(
        |w: Tensor![]| {
            let w_alone = w.clone().stop_gradient();
            let mut step =
                jit(|model: &mut Model, x: X| Ok(model.infer(x).sum() * w_alone.clone()));
            step.call(&mut model, x(0)).expect("a step") * w
        },
        Tensor::ones(),
    );
    assert_eq!(slope.item(), model.infer(x(0)).sum().item());
}

#[test]
fn a_captured_tensor_that_vmap_batches_is_refused() {
    let mut model = Model::init(&mut Rngs::new(0));
    let before = bits(&model);
    let message = panic_of(|| {
        vmap(
            |w: Tensor![]| {
                let mut step = jit(|model: &mut Model, x: X| Ok(model.infer(x).sum() * w.clone()));
                step.call(&mut model, x(0)).expect("a step")
            },
            <Tensor![4]>::ones(),
        )
    });
    assert!(message.contains("captures"), "{message}");
    assert_eq!(bits(&model), before);
}

/// An activation that left `loss_and_grad` is a value like any other.
#[test]
fn a_tensor_from_within_a_gradient_is_an_output() {
    fn run(model: &mut Model, x: X) -> Result<Tensor![Batch, 1], nnx_core::Error> {
        let mut kept = None;
        loss_and_grad(model, |model, pass| {
            let y = model.forward(x, pass);
            kept = Some(y.clone());
            y.sum()
        })?;
        Ok(kept.expect("it was set"))
    }
    let mut model = Model::init(&mut Rngs::new(0));
    let mut step = jit(run);
    for i in 0..3 {
        let y = step.call(&mut model, x(i)).expect("a step");
        assert_eq!(y, run(&mut model, x(i)).expect("a step"));
    }
}

/// An output that is a variable, an input or an earlier output shares no memory that a later call overwrites.
#[test]
fn outputs_and_inputs_keep_their_values_when_later_calls_run() {
    type Walk = (Param<shape![4]>, Param<shape![4]>);
    type Y = Tensor![4];
    fn run(walk: &mut Walk, x: Y) -> Result<[Y; 4], nnx_core::Error> {
        let before = walk.0.value().clone();
        let moved = before.clone() + x.clone();
        let other = std::mem::replace(&mut walk.1, Param::new(moved.clone()));
        walk.0.replace(other.value().clone());
        Ok([before, moved.clone(), x, moved])
    }
    let make = || (Param::new(Y::ones()), Param::new(Y::zeros()));
    let (mut a, mut b): (Walk, Walk) = (make(), make());
    let mut step = jit(run);
    let (mut x, mut y, mut kept) = (Y::ones(), Y::ones(), Vec::new());
    for _ in 0..6 {
        let found = step.call(&mut a, x.clone()).expect("a step");
        let expected = run(&mut b, y.clone()).expect("a step");
        (x, y) = (found[3].clone(), expected[3].clone());
        kept.push((found, expected));
        assert_same(&a, &b, "after a step");
    }
    for (found, expected) in kept {
        assert_eq!(found, expected);
    }
}

#[test]
fn an_empty_batch_and_values_that_are_not_finite_are_those_of_the_function() {
    fn run(
        (model, optimizer): (&mut Model, &mut Optimizer),
        x: X,
    ) -> Result<Tensor![], nnx_core::Error> {
        let (loss, grads) =
            loss_and_grad(model, |model, pass| model.forward(x, pass).square().sum())?;
        optimizer.update(model, grads)?;
        Ok(loss)
    }
    let make = || {
        let model = Model::init(&mut Rngs::new(0));
        let optimizer = Optimizer::new(&model, adam(0.1));
        (model, optimizer)
    };
    let (mut a, mut b) = (make(), make());
    let mut step = jit(run);
    for value in [1.0, f32::INFINITY, f32::NAN, -0.0] {
        for size in [2, 0, 2] {
            let x = X::zeros_of(&[size]) + value;
            step.call((&mut a.0, &mut a.1), x.clone()).expect("a step");
            run((&mut b.0, &mut b.1), x).expect("a step");
            assert_same(&a, &b, "after a step");
        }
    }
    assert_eq!(step.programs(), 2);
}

/// The first run on each thread records; all get the numbers of the model.
#[test]
fn eight_threads_share_a_compiled_model() {
    let model = Model::init(&mut Rngs::new(0));
    let compiled = compile::<X, _>(&model);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (model, compiled) = (&model, &compiled);
            scope.spawn(move || {
                for size in (1..70).chain(1..9) {
                    let x = X::zeros_of(&[size]).normal_like(Key::new(thread));
                    assert_eq!(compiled.infer(x.clone()), model.infer(x));
                }
            });
        }
    });
}
