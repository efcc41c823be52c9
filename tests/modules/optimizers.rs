//! An optimizer and its model: paths of slots, and gradients or models that don't fit.

use nnx::array::Array;
use nnx::module::{Entry, KindId, Path};
use nnx::prelude::*;

use crate::same;

#[derive(Module)]
struct Stack {
    layers: Vec<Linear<U2, U2>>,
    mean: BatchStat<shape![2]>,
}

fn stack(layers: usize) -> Stack {
    let rngs = &mut Rngs::new(0);
    Stack {
        layers: (0..layers).map(|_| Linear::init(rngs)).collect(),
        mean: BatchStat::new(Tensor::zeros()),
    }
}

fn gradients(model: &mut Stack) -> State {
    grad(model, |model, pass| {
        model.layers.forward(Tensor::from([[1.0, -2.0]]), pass).square().sum()
    })
    .expect("gradients")
}

/// The message of the error. Checks that neither the model nor the optimizer has changed.
fn refused(model: &mut Stack, optimizer: &mut Optimizer, gradients: State) -> String {
    let (before, slots, step) = (state(model), state(optimizer), optimizer.step());
    let error = optimizer.update(model, gradients).expect_err("gradients that don't fit");
    assert!(same(&before, &state(model)), "the model is unchanged");
    assert!(
        same(&slots, &state(optimizer)) && step == optimizer.step(),
        "the optimizer is unchanged"
    );
    error.to_string()
}

#[test]
fn slots_are_at_the_paths_of_parameters() {
    let optimizer = Optimizer::new(&stack(1), adamw(0.1));
    let slots = state(&optimizer);
    let paths: Vec<String> = slots.iter().map(|(path, _)| path.to_string()).collect();
    let expected = [
        "opt_state/0/mu/layers/0/bias",
        "opt_state/0/mu/layers/0/kernel",
        "opt_state/0/nu/layers/0/bias",
        "opt_state/0/nu/layers/0/kernel",
        "step",
    ];
    assert_eq!(paths, expected);
    let optimizer_state = KindId::of::<kind::OptState>();
    assert!(slots.iter().all(|(_, entry)| entry.kind == optimizer_state));
}

#[test]
fn a_step_moves_parameters_and_leaves_statistics() {
    let mut model = stack(2);
    let mut optimizer = Optimizer::new(&model, sgd(0.5));
    let gradients = gradients(&mut model);
    let before = state(&model);
    optimizer.update(&mut model, gradients.clone()).expect("its own gradients");
    for (path, entry) in state(&model).iter() {
        let old = before.get(path).expect("the same paths").array.to_vec::<f32>().expect("f32");
        let slope = gradients.get(path).map(|entry| entry.array.to_vec::<f32>().expect("f32"));
        let slope = slope.unwrap_or_else(|| vec![0.0; old.len()]);
        let expected: Vec<f32> = old.iter().zip(slope).map(|(p, g)| p - 0.5 * g).collect();
        assert_eq!(entry.array.to_vec::<f32>().expect("f32"), expected, "{path}");
    }
}

#[test]
fn gradients_that_do_not_fit_are_all_named() {
    let mut model = stack(1);
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    let mut wrong = State::default();
    let entry = |elements: Vec<f64>, dims: &[usize]| Entry {
        kind: KindId::of::<kind::Param>(),
        array: Array::new(elements, dims).expect("a shape"),
    };
    wrong.insert(Path::parse("layers/0/kernel"), entry(vec![0.0; 4], &[4]));
    wrong.insert(Path::parse("mean"), entry(vec![0.0; 2], &[2]));
    let header = "the gradients aren't those of the variables that this optimizer trains, and nothing is \
                  changed: take them by `value_and_grad`, or by `value_and_grad_of` with the \
                  optimizer's filter";
    let expected = "missing: layers/0/bias of shape (2,)\n  \
                    wrong shape: layers/0/kernel is (2, 2) in the model, (4,) here\n  \
                    unexpected: mean of shape (2,)";
    assert_eq!(refused(&mut model, &mut optimizer, wrong), format!("{header}\n  {expected}"));

    let mut wrong = gradients(&mut model);
    wrong.insert(Path::parse("layers/0/kernel"), entry(vec![0.0; 4], &[2, 2]));
    let expected = "wrong element type: layers/0/kernel is f32 in the model, f64 here";
    assert_eq!(refused(&mut model, &mut optimizer, wrong), format!("{header}\n  {expected}"));
}

#[test]
fn a_model_that_has_grown_since_is_refused() {
    let mut model = stack(1);
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    model.layers.push(Linear::init(&mut Rngs::new(1)));
    let gradients = gradients(&mut model);
    let text = refused(&mut model, &mut optimizer, gradients);
    let expected = "the model isn't the one that this optimizer was made for: make another one with \
                    `Optimizer::new`\n  \
                    unexpected: layers/1/bias of shape (2,)\n  \
                    unexpected: layers/1/kernel of shape (2, 2)";
    assert_eq!(text, expected);
    model.layers.pop();
    let gradients = self::gradients(&mut model);
    optimizer.update(&mut model, gradients).expect("the model that it was made for");
}

#[test]
fn a_model_that_has_shrunk_since_is_refused() {
    let mut model = stack(2);
    let mut optimizer = Optimizer::new(&model, sgd(0.1).momentum(0.9));
    model.layers.pop();
    let gradients = gradients(&mut model);
    let text = refused(&mut model, &mut optimizer, gradients);
    assert!(
        text.ends_with(
            "missing: layers/1/bias of shape (2,)\n  missing: layers/1/kernel of shape (2, 2)"
        ),
        "{text}"
    );
}

/// An integer of kind `Param` has no gradient, so optimizers ignore it.
#[derive(Module)]
struct Tabled {
    table: Variable<Tensor![2; i32], kind::Param>,
    weight: Param<shape![2]>,
}

#[test]
fn integers_are_ignored() {
    let mut model = Tabled {
        table: Variable::new(Tensor::from([1, 2])),
        weight: Param::new(Tensor::from([1.0, 2.0])),
    };
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    let gradients =
        grad(&mut model, |model, pass| model.weight.get(pass).sum()).expect("gradients");
    optimizer.update(&mut model, gradients).expect("floating-point parameters alone");
    assert_eq!(model.table.value().to_vec(), [1, 2]);
    assert!(model.weight.value().to_vec()[0] < 0.95);
}

#[test]
fn an_optimizer_within_a_filter_leaves_the_rest_frozen() {
    let mut model = stack(2);
    let last = Filter::within("layers/1");
    let mut optimizer = Optimizer::within::<kind::Param, _>(&last, &model, adam(0.1));
    let slots = state_of(&Filter::within("opt_state"), &optimizer);
    assert_eq!(slots.len(), 4, "two means for the kernel and for the bias");
    let before = state(&model);
    let (_, gradients) = value_and_grad_of(&last, &mut model, |model, pass| {
        model.layers.forward(Tensor::from([[1.0, -2.0]]), pass).square().sum()
    })
    .expect("gradients of a part");
    optimizer.update(&mut model, gradients).expect("just what it trains");
    for (path, entry) in state(&model).iter() {
        let moved = before.get(path).expect("the same paths").array != entry.array;
        assert_eq!(moved, path.starts_with(&Path::parse("layers/1")), "{path}");
    }
    let all = self::gradients(&mut model);
    let text = refused(&mut model, &mut optimizer, all);
    assert!(text.contains("unexpected: layers/0/bias of shape (2,)"), "{text}");
}

#[test]
fn a_run_continues_where_it_was_saved() {
    let (mut model, mut resumed) = (stack(1), stack(1));
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    for _ in 0..3 {
        let gradients = gradients(&mut model);
        optimizer.update(&mut model, gradients).expect("a step");
    }
    update(&mut resumed, &state(&model)).expect("the same model");
    let mut other = Optimizer::new(&resumed, adam(0.1));
    update(&mut other, &state(&optimizer)).expect("the same slots");
    for (model, optimizer) in [(&mut model, &mut optimizer), (&mut resumed, &mut other)] {
        let gradients = gradients(model);
        optimizer.update(model, gradients).expect("a step");
    }
    assert!(same(&state(&model), &state(&resumed)));
    let error = update(&mut other, &State::default()).expect_err("no slots").to_string();
    assert!(error.contains("missing: opt_state/0/mu/layers/0/bias of shape (2,)"), "{error}");
    assert_eq!(other.step(), 4);
}

#[test]
fn variables_outside_the_filter_are_frozen() {
    let mut model = stack(2);
    let filter = Filter::within("layers/1");
    let mut optimizer = Optimizer::within::<kind::Param, _>(&filter, &model, sgd(0.5));
    let before = state(&model);
    let (_, gradients) = value_and_grad_of(&filter, &mut model, |model, pass| {
        model.layers.forward(Tensor::from([[1.0, -2.0]]), pass).square().sum()
    })
    .expect("gradients");
    optimizer.update(&mut model, gradients).expect("a step");
    for (path, entry) in state(&model).iter() {
        let moved = before.get(path).expect("the same paths").array != entry.array;
        assert_eq!(moved, path.starts_with(&Path::parse("layers/1")), "{path}");
    }
}
