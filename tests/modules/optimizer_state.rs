//! An optimizer as a module: its state is saved, loaded, printed and filtered; and its errors.

use nnx::optim::{
    AveragedWeights, adagrad, apply_if_finite, every, freeze, injected, lamb, lion, partition,
    radam, rmsprop,
};
use nnx::prelude::*;

use crate::same;

type Mlp = Sequential<(Linear<U3, U4>, Tanh, Linear<U4, U2>)>;

fn model() -> Mlp {
    Mlp::init(&mut Rngs::new(0))
}

fn step(model: &mut Mlp, optimizer: &mut Optimizer, x: f32) {
    let gradients = grad(model, |model, pass| {
        model.forward(Tensor::from([[x, 1.0, -2.0]]), pass).square().sum()
    });
    optimizer.update(model, gradients.expect("gradients")).expect("its own model");
}

/// Optimizers that cover all kinds of state.
fn optimizers() -> Vec<fn() -> Chain> {
    vec![
        || sgd(0.1).into(),
        || sgd(0.1).momentum(0.9).nesterov().into(),
        || adamw(warmup_cosine_decay(0.0, 0.1, 3, 10, 0.0)).into(),
        || rmsprop(0.01).centered().momentum(0.9).into(),
        || adagrad(0.1).into(),
        || lion(injected(0.01)).into(),
        || radam(0.01).into(),
        || lamb(0.01).into(),
        || Chain::new().then(clip_by_global_norm(0.5)).then(adam(0.01)),
        || every(3, adam(0.01)).into(),
        || apply_if_finite(adam(0.01), 2).into(),
        || {
            partition()
                .group(Filter::within("layers/0"), freeze())
                .group(Filter::path_contains("bias"), sgd(injected(0.1)).momentum(0.9))
                .group(Filter::everything(), adam(0.01))
                .into()
        },
    ]
}

#[test]
fn a_run_resumed_from_files_continues_bit_for_bit() {
    let directory = tempfile::tempdir().expect("a directory");
    let [weights, slots] = ["weights", "slots"].map(|name| directory.path().join(name));
    for rule in optimizers() {
        let (mut whole, mut resumed) = (model(), model());
        let mut optimizer = Optimizer::new(&whole, rule());
        (0..4).for_each(|i| step(&mut whole, &mut optimizer, i as f32));
        nnx::io::save(&whole, &weights).expect("saved");
        nnx::io::save(&optimizer, &slots).expect("saved");

        let mut other = Optimizer::new(&resumed, rule());
        nnx::io::load(&mut resumed, &weights).expect("loaded");
        nnx::io::load(&mut other, &slots).expect("loaded");
        for i in 4..8 {
            step(&mut whole, &mut optimizer, i as f32);
            step(&mut resumed, &mut other, i as f32);
        }
        assert!(same(&state(&whole), &state(&resumed)), "{optimizer:?}");
        assert!(same(&state(&optimizer), &state(&other)), "{optimizer:?}");
        assert_eq!(other.step(), 8);
    }
}

#[test]
fn a_file_of_another_optimizer_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("slots");
    let model = model();
    nnx::io::save(&Optimizer::new(&model, sgd(0.1).momentum(0.9)), &file).expect("saved");
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    let before = state(&optimizer);
    let error = nnx::io::load(&mut optimizer, &file).expect_err("another rule").to_string();
    assert!(error.contains("missing: opt_state/0/mu/layers/0/kernel of shape (3, 4)"), "{error}");
    assert!(error.contains("unexpected: opt_state/0/trace/layers/2/bias of shape (2,)"), "{error}");
    assert!(same(&before, &state(&optimizer)));

    let narrow = Linear::<U3, U2>::init(&mut Rngs::new(0));
    nnx::io::save(&Optimizer::new(&narrow, adam(0.1)), &file).expect("saved");
    let wide = Linear::<U3, U4>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&wide, adam(0.1));
    let error = nnx::io::load(&mut optimizer, &file).expect_err("another model").to_string();
    let expected = "wrong shape: opt_state/0/mu/kernel is (3, 4) in the model, (3, 2) here";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn its_variables_are_of_kind_opt_state_and_shown() {
    let model = model();
    let optimizer = Optimizer::new(&model, adam(injected(0.1)));
    let of_kind = state_of(&Filter::kind::<kind::OptState>(), &optimizer);
    assert_eq!(of_kind.len(), state(&optimizer).len());
    let slots = state_of(&Filter::path_contains("nu"), &optimizer);
    assert_eq!(slots.elements(), parameters(&model));
    let table = summary(&optimizer).to_string();
    for text in ["opt_state/0/mu/layers/0/kernel", "OptState", "opt_state/1/learning_rate", "step"]
    {
        assert!(table.contains(text), "{table}");
    }
    assert_eq!(parameters(&optimizer), 0, "slots aren't trained");
}

#[test]
fn a_state_that_is_kept_stays_as_it_is() {
    let mut model = model();
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    step(&mut model, &mut optimizer, 1.0);
    let kept = state(&optimizer);
    let copied: Vec<Vec<f32>> = kept.iter().filter_map(|(_, e)| e.array.to_vec().ok()).collect();
    step(&mut model, &mut optimizer, 2.0);
    let after: Vec<Vec<f32>> = kept.iter().filter_map(|(_, e)| e.array.to_vec().ok()).collect();
    assert_eq!(copied, after);
    update(&mut optimizer, &kept).expect("its own state");
    assert_eq!(optimizer.step(), 1);
}

#[test]
fn a_frozen_group_has_no_slots_and_does_not_change() {
    let mut model = model();
    let rule = partition()
        .group(Filter::within("layers/0"), freeze())
        .group(Filter::everything(), adam(0.1));
    let mut optimizer = Optimizer::new(&model, rule);
    let (before, slots) = (state(&model), state(&optimizer));
    assert!(slots.iter().all(|(path, _)| !path.to_string().contains("layers/0")));
    step(&mut model, &mut optimizer, 1.0);
    for (path, entry) in state(&model).iter() {
        let stayed = before.get(path).expect("the same paths").array == entry.array;
        assert_eq!(stayed, path.to_string().starts_with("layers/0"), "{path}");
    }
}

#[test]
#[should_panic(expected = "`partition`: 2 of 4 parameters belong to no group, the first is \
                           `layers/2/bias`; let the last group take `Filter::everything()`")]
fn a_parameter_without_a_group_is_named() {
    let rule = partition().group(Filter::within("layers/0"), sgd(0.1));
    let _ = Optimizer::new(&model(), rule);
}

#[test]
#[should_panic(expected = "make it with an injected one, such as `adam(injected(1e-3))`")]
fn a_fixed_rate_is_not_set() {
    Optimizer::new(&model(), adam(0.1)).set_learning_rate(0.2);
}

#[test]
#[should_panic(expected = "clip_by_global_norm: expected a norm above 0, found NaN")]
fn a_norm_is_above_0() {
    let _ = clip_by_global_norm(f64::NAN);
}

#[test]
#[should_panic(expected = "adam: expected the decay rate `b2` to be in [0, 1); found 1")]
fn a_decay_rate_of_1_is_refused() {
    let _ = adam(0.1).betas(0.9, 1.0);
}

#[test]
#[should_panic(expected = "rmsprop: expected the decay rate `decay` to be in [0, 1); found 1.5")]
fn a_decay_rate_above_1_is_refused() {
    let _ = rmsprop(0.1).decay(1.5);
}

#[test]
#[should_panic(expected = "every: `steps` must be at least 1")]
fn accumulation_over_0_steps_is_refused() {
    let _ = every(0, sgd(0.1));
}

#[test]
fn parameters_do_not_change_while_gradients_accumulate() {
    let mut model = model();
    let mut optimizer = Optimizer::new(&model, every(3, sgd(0.1)));
    for i in 1..=6 {
        let before = state(&model);
        step(&mut model, &mut optimizer, 1.0);
        assert_eq!(!same(&before, &state(&model)), i % 3 == 0, "step {i}");
    }
}

/// A NaN shows in the parameters, unless `ZeroNans` or `apply_if_finite` is used, as documented.
#[test]
fn a_gradient_that_is_nan_is_not_hidden() {
    let broken = |rule: Chain| {
        let mut weight = Param::<shape![2]>::new(Tensor::from([1.0, 2.0]));
        let mut optimizer = Optimizer::new(&weight, rule);
        let mut gradients =
            grad(&mut weight, |weight, pass| weight.get(pass).sum()).expect("a gradient");
        let path = nnx::module::Path::default();
        let entry = gradients.get(&path).expect("one").clone();
        let array = nnx::array::Array::new(vec![f32::NAN, 1.0], &[2]).expect("two");
        gradients.insert(path, nnx::module::Entry { array, ..entry });
        optimizer.update(&mut weight, gradients).expect("its own shape");
        weight.value().to_vec()
    };
    let [first, second] = broken(adam(0.1).into())[..] else { panic!("two") };
    assert!(first.is_nan() && (second - 1.9).abs() < 1e-6);
    let clipped = Chain::new().then(clip_by_global_norm(1.0)).then(sgd(0.1));
    assert!(broken(clipped).iter().all(|x| x.is_nan()), "the norm is NaN");
    assert_eq!(broken(apply_if_finite(sgd(0.1), 1).into()), [1.0, 2.0]);
    assert!(broken(apply_if_finite(sgd(0.1), 0).into())[0].is_nan(), "no error is let pass");
}

#[test]
fn averages_are_read_through_a_pass_and_saved() {
    let mut model = model();
    let mut optimizer = Optimizer::new(&model, sgd(0.1));
    let mut average = AveragedWeights::new(&model, 0.5);
    let x = || Tensor::from([[1.0, 2.0, 3.0]]);
    let first = model.forward(x(), &mut average.pass(&model).expect("its model"));
    assert_eq!(first.to_vec(), model.infer(x()).to_vec(), "no average yet: the model's own");
    for i in 0..3 {
        step(&mut model, &mut optimizer, i as f32);
        average.update(&model).expect("its model");
    }
    let before = state(&model);
    let averaged = model.forward(x(), &mut average.pass(&model).expect("its model")).to_vec();
    assert_ne!(averaged, model.infer(x()).to_vec());
    assert!(same(&before, &state(&model)), "the model trains on as it is");
    update(&mut model, &average.averages()).expect("of the parameters");
    assert_eq!(averaged, model.infer(x()).to_vec());

    let mut other = AveragedWeights::new(&model, 0.5);
    update(&mut other, &state(&average)).expect("the same paths");
    assert!(same(&other.averages(), &average.averages()));
    let error = average.update(&Linear::<U3, U4>::init(&mut Rngs::new(0))).expect_err("another");
    assert!(error.to_string().contains("missing: layers/0/bias of shape (4,)"), "{error}");
}

#[test]
fn a_pass_with_other_values_refuses_what_the_model_does_not_have() {
    let small = Linear::<U3, U2>::init(&mut Rngs::new(0));
    let other = Linear::<U3, U4>::init(&mut Rngs::new(0));
    let error = Pass::eval_with(&small, &state(&other)).expect_err("another shape").to_string();
    assert!(error.contains("wrong shape: kernel is (3, 2) in the model, (3, 4) here"), "{error}");
    let error = Pass::eval_with(&small, &state(&model())).expect_err("other paths").to_string();
    assert!(error.contains("unexpected: layers/0/bias of shape (4,)"), "{error}");
}
