//! An optimizer as a module: its state is saved, loaded, printed and filtered; and its errors.

use nnx::module::GradError;
use nnx::optim::{
    AveragedWeights, apply_if_finite, every, freeze, injected, lbfgs, lion, lookahead, partition,
    rmsprop, sam, schedule_free, zoom_linesearch,
};
use nnx::prelude::*;

use crate::optimizer_table::rows;
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

/// The parameters of the rows of the table.
#[derive(Module)]
struct Weights {
    w: Param<shape![3, 4]>,
    b: Param<shape![4]>,
}

impl Weights {
    fn new() -> Self {
        let affine = Linear::<U3, U4>::init(&mut Rngs::new(0));
        Self { w: affine.kernel, b: Param::new(Tensor::from([0.5, -1.0, 0.0, 2.0])) }
    }

    fn step(&mut self, optimizer: &mut Optimizer, x: f32) {
        let gradients = grad(self, |model, pass| {
            let y = Tensor::from([[x, 1.0, -2.0]]).matmul(model.w.get(pass));
            (y + model.b.get(pass)).square().sum()
        });
        optimizer.update(self, gradients.expect("gradients")).expect("its own model");
    }
}

/// The rows of the table, and chains with other state.
fn optimizers() -> Vec<(&'static str, fn() -> Chain)> {
    let table = rows().into_iter().map(|row| (row.name, row.make));
    let others: [(&str, fn() -> Chain); 5] = [
        ("lbfgs", || lbfgs().memory(3).learning_rate(0.01).into()),
        ("an injected rate", || lion(injected(0.01)).into()),
        ("adamw on a schedule", || adamw(warmup_cosine_decay(0.0, 0.1, 3, 10, 0.0)).into()),
        ("apply_if_finite", || apply_if_finite(adam(0.01), 2).into()),
        ("a group with an injected rate", || {
            partition()
                .group(Filter::within("w"), sgd(injected(0.1)).momentum(0.9))
                .group(Filter::everything(), adam(0.01))
                .into()
        }),
    ];
    table.chain(others).collect()
}

#[test]
fn a_run_resumed_from_files_continues_bit_for_bit() {
    let directory = tempfile::tempdir().expect("a directory");
    let [weights, slots] = ["weights", "slots"].map(|name| directory.path().join(name));
    for (name, make) in optimizers() {
        let (mut whole, mut resumed) = (Weights::new(), Weights::new());
        let mut optimizer = Optimizer::new(&whole, make());
        (0..4).for_each(|i| whole.step(&mut optimizer, i as f32));
        nnx::io::save(&whole, &weights).expect("saved");
        nnx::io::save(&optimizer, &slots).expect("saved");

        let mut other = Optimizer::new(&resumed, make());
        nnx::io::load(&mut resumed, &weights).expect("loaded");
        nnx::io::load(&mut other, &slots).expect("loaded");
        for i in 4..8 {
            whole.step(&mut optimizer, i as f32);
            resumed.step(&mut other, i as f32);
        }
        assert!(same(&state(&whole), &state(&resumed)), "{name}: {optimizer:?}");
        assert!(same(&state(&optimizer), &state(&other)), "{name}: {optimizer:?}");
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

#[test]
fn a_step_on_a_loss_is_the_update_by_its_gradients() {
    let (mut a, mut b) = (model(), model());
    let mut of_a = Optimizer::new(&a, adam(0.1));
    let mut of_b = Optimizer::new(&b, adam(0.1));
    let x = || Tensor::from([[1.0, 2.0, 3.0]]);
    for _ in 0..3 {
        let loss = of_a.step_on(&mut a, |model, pass| model.forward(x(), pass).square().sum());
        let (expected, gradients) =
            value_and_grad(&mut b, |model, pass| model.forward(x(), pass).square().sum())
                .expect("a gradient");
        of_b.update(&mut b, gradients).expect("its own model");
        assert_eq!(loss.expect("a step"), expected);
    }
    assert!(same(&state(&a), &state(&b)));
    assert_eq!(of_a.step(), 3);
}

/// A line search evaluates the loss again. The random streams and statistics move as if it hadn't.
#[test]
fn the_updates_of_a_pass_are_written_once_however_often_the_loss_is_evaluated() {
    type Noisy = Sequential<(Linear<U3, U4>, BatchNorm<U4>, Dropout, Linear<U4, U2>)>;
    let new = || -> Noisy {
        let rngs = &mut Rngs::new(0);
        Sequential::new((
            Linear::init(rngs),
            BatchNorm::init(rngs),
            Dropout::new(0.5, rngs),
            Linear::init(rngs),
        ))
    };
    let x = || Tensor::from([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [-2.0, 0.0, 1.0]]);
    let evaluations = std::cell::Cell::new(0);
    let (mut searched, mut once) = (new(), new());
    let rule = Chain::new().then(sgd(1e-3)).then(zoom_linesearch(10));
    let mut optimizer = Optimizer::new(&searched, rule);
    let loss = optimizer.step_on(&mut searched, |model, pass| {
        evaluations.set(evaluations.get() + 1);
        model.forward(x(), pass).square().sum()
    });
    let (expected, _) =
        value_and_grad(&mut once, |model, pass| model.forward(x(), pass).square().sum())
            .expect("a gradient");
    assert_eq!(loss.expect("a step"), expected);
    assert!(evaluations.get() > 2, "{} evaluations", evaluations.get());
    let others = !Filter::kind::<kind::Param>();
    assert!(same(&state_of(&others, &searched), &state_of(&others, &once)));
    let params = Filter::kind::<kind::Param>();
    assert!(!same(&state_of(&params, &searched), &state_of(&params, &once)));
}

#[test]
fn a_loss_that_fails_within_a_search_leaves_the_model_as_it_was() {
    let mut model = model();
    let mut optimizer = Optimizer::new(&model, lbfgs());
    let before = state(&model);
    let evaluations = std::cell::Cell::new(0);
    let result = optimizer.step_on(&mut model, |model, pass| {
        evaluations.set(evaluations.get() + 1);
        if evaluations.get() == 2 {
            return Err(GradError::Unconnected { variables: 7 });
        }
        Ok(model.forward(Tensor::from([[1.0, 2.0, 3.0]]), pass).square().sum())
    });
    let error = result.expect_err("the second evaluation failed").to_string();
    assert!(error.contains("none of the 7 variables"), "{error}");
    assert!(same(&before, &state(&model)));
    assert_eq!(optimizer.step(), 0);
}

#[test]
#[should_panic(expected = "`Optimizer::update` has gradients alone, but the line search of this \
                           optimizer evaluates the loss: call `optimizer.step_on(&mut model, \
                           |model, pass| loss)`")]
fn a_line_search_needs_the_loss() {
    let mut model = model();
    let mut optimizer = Optimizer::new(&model, lbfgs());
    step(&mut model, &mut optimizer, 1.0);
}

/// Evaluation weights are found through every wrapper around the optimizer, and only for its own parameters.
#[test]
fn weights_for_evaluation_are_those_of_the_wrapper_within() {
    let slow = |rule: Chain| {
        let mut model = model();
        let before = state(&model);
        let mut optimizer = Optimizer::new(&model, rule);
        step(&mut model, &mut optimizer, 1.0);
        let params = optimizer.evaluation_params(&model).expect("its own model");
        let which = |(path, entry): (&nnx::module::Path, &nnx::module::Entry)| {
            let old = &before.get(path).expect("the same paths").array;
            (path.to_string(), *old == entry.array)
        };
        params.iter().map(which).collect::<Vec<_>>()
    };
    let all = |rule: Chain| slow(rule).into_iter().all(|(_, kept)| kept);
    // After the first step, each of them evaluates with the initial weights.
    assert!(all(lookahead(sgd(0.1), 2, 0.5).into()));
    assert!(all(sam(sgd(0.1), sgd(0.1)).into()));
    assert!(all(Chain::new().then(clip_by_global_norm(1.0)).then(lookahead(sgd(0.1), 2, 0.5))));
    assert!(all(apply_if_finite(lookahead(sgd(0.1), 2, 0.5), 1).into()));
    assert!(all(every(1, lookahead(sgd(0.1), 2, 0.5)).into()));
    let groups = partition()
        .group(Filter::within("layers/0"), lookahead(sgd(0.1), 2, 0.5))
        .group(Filter::everything(), sgd(0.1));
    for (path, kept) in slow(groups.into()) {
        assert_eq!(kept, path.starts_with("layers/0"), "{path}");
    }
    assert!(!all(adam(0.1).into()));
    // The first average is the result of the first step.
    assert!(!all(schedule_free(sgd(0.1), 0.1).into()));
}

#[test]
fn an_evaluation_of_another_model_is_refused() {
    let optimizer = Optimizer::new(&model(), lookahead(adam(0.1), 5, 0.5));
    let other = Linear::<U3, U4>::init(&mut Rngs::new(0));
    let error = optimizer.evaluation_params(&other).expect_err("another").to_string();
    assert!(error.contains("the model isn't the one that this optimizer was made for"), "{error}");
    assert!(optimizer.evaluation_pass(&other).is_err());
}

#[test]
#[should_panic(expected = "lookahead: `sync_period` must be at least 1")]
fn a_lookahead_over_0_steps_is_refused() {
    let _ = lookahead(sgd(0.1), 0, 0.5);
}

#[test]
#[should_panic(expected = "sam: `sync_period` must be at least 1")]
fn a_period_of_0_steps_is_refused() {
    let _ = sam(sgd(0.1), sgd(0.1)).sync_period(0);
}

#[test]
#[should_panic(expected = "lbfgs: the memory must be at least 1")]
fn a_memory_of_0_differences_is_refused() {
    let _ = lbfgs().memory(0);
}

#[test]
#[should_panic(expected = "zoom_linesearch: `max_steps` must be at least 1")]
fn a_search_of_0_evaluations_is_refused() {
    let _ = zoom_linesearch(0);
}
