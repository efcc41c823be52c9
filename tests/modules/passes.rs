//! Passes: updates are seen within the pass, and in the model when it is committed; after an error the model is
//! unchanged.

use nnx::array::ShapeError;
use nnx::prelude::*;

use crate::{panic_of, same};

/// Multiplies by a weight, and counts its calls.
#[derive(Module, Clone)]
struct Counted {
    weight: Param<shape![2]>,
    calls: BatchStat<()>,
}

impl Counted {
    fn new() -> Self {
        Self {
            weight: Param::new(Tensor::from([2.0, 3.0])),
            calls: BatchStat::new(Tensor::from(0.0)),
        }
    }

    fn calls(&self) -> f32 {
        self.calls.value().item()
    }
}

impl Layer<Tensor![2]> for Counted {
    type Output = Tensor![2];
    fn forward(&self, x: Tensor![2], pass: &mut Pass) -> Tensor![2] {
        if pass.is_training() {
            let calls = self.calls.get(pass);
            self.calls.set(calls + 1.0, pass);
        }
        x * self.weight.get(pass)
    }
}

fn ones() -> Tensor![2] {
    Tensor::from([1.0, 1.0])
}

fn broken() -> ShapeError {
    ShapeError::operands("this test", "fails on purpose")
}

#[test]
fn an_update_is_seen_within_its_pass_and_in_the_model_after_the_commit() {
    let mut model = Counted::new();
    let mut pass = Pass::train();
    for calls in 1..=3u8 {
        let _ = model.forward(ones(), &mut pass);
        assert_eq!(model.calls.get(&pass).item(), f32::from(calls));
        assert_eq!(model.calls(), 0.0, "not in the model yet");
    }
    pass.commit(&mut model).expect("nothing failed");
    assert_eq!(model.calls(), 3.0);
}

#[test]
fn another_pass_sees_nothing_of_it() {
    let model = Counted::new();
    let mut pass = Pass::train();
    let _ = model.forward(ones(), &mut pass);
    assert_eq!(model.calls.get(&Pass::train()).item(), 0.0);
    assert_eq!(model.calls.get(&Pass::eval()).item(), 0.0);
}

#[test]
fn a_pass_that_is_dropped_leaves_the_model() {
    let model = Counted::new();
    let _ = model.forward(ones(), &mut Pass::train());
    let _ = model.infer(ones());
    assert_eq!(model.calls(), 0.0);
}

#[test]
fn an_evaluation_pass_can_neither_update_nor_draw() {
    let text = "an evaluation pass can't update variables or draw from random streams: \
                ask `pass.is_training()` first, or run a training pass";
    let model = Counted::new();
    assert_eq!(panic_of(|| model.calls.set(Tensor::from(1.0), &mut Pass::eval())), text);
    let stream = nnx::module::RngStream::new(nnx::random::Stream::new(0));
    assert_eq!(panic_of(|| stream.draw(&mut Pass::eval())), text);
}

/// A layer that sums its inputs in a variable.
#[derive(Module)]
struct Remembering {
    seen: Cache<shape![2]>,
    calls: BatchStat<()>,
}

impl Remembering {
    fn new() -> Self {
        let rngs = &mut Rngs::new(0);
        Self { seen: Init::init(rngs), calls: Init::init(rngs) }
    }
}

#[test]
fn a_decoding_pass_updates_caches_alone() {
    let mut model = Remembering::new();
    let mut pass = Pass::decode();
    assert!(pass.is_decoding() && !pass.is_training());
    assert!(!Pass::eval().is_decoding() && !Pass::train().is_decoding());
    model.seen.set(ones(), &mut pass);
    assert_eq!(model.seen.get(&pass).to_vec(), [1.0, 1.0]);
    assert_eq!(model.seen.value().to_vec(), [0.0, 0.0], "not in the model yet");
    pass.commit(&mut model).expect("a cache");
    assert_eq!(model.seen.value().to_vec(), [1.0, 1.0]);

    let text = |kind| {
        format!(
            "a decoding pass updates variables of kind `Cache` alone, not of kind `{kind}`, and can't draw from \
             random streams: ask `pass.is_training()` first, or run a training pass"
        )
    };
    let found = panic_of(|| model.calls.set(Tensor::from(1.0), &mut Pass::decode()));
    assert_eq!(found, text("BatchStat"));
    let stream = nnx::module::RngStream::new(nnx::random::Stream::new(0));
    assert_eq!(panic_of(|| stream.draw(&mut Pass::decode())), text("RngCount"));
}

#[test]
fn an_evaluation_pass_says_which_pass_updates_a_cache() {
    assert_eq!(
        panic_of(|| Remembering::new().seen.set(ones(), &mut Pass::eval())),
        "an evaluation pass can't update variables of kind `Cache`: run the model in a `Pass::decode()`, and \
         commit that"
    );
}

#[test]
fn a_commit_to_another_model_is_refused() {
    let model = Counted::new();
    let mut pass = Pass::train();
    let _ = model.forward(ones(), &mut pass);
    let mut clone = model.clone();
    let error = pass.commit(&mut clone).expect_err("a clone");
    assert_eq!(
        error.to_string(),
        "this pass has updated 1 variables that the model doesn't have: commit it to the model \
         that was run, not to a clone, and run other models in a `Pass::eval()` of their own"
    );
    assert_eq!(clone.calls(), 0.0);
}

#[test]
fn a_pass_knows_whether_it_trains() {
    assert!(Pass::train().is_training() && !Pass::eval().is_training());
    let _ = value_and_grad(&mut Counted::new(), |model, pass| {
        assert!(pass.is_training());
        model.forward(ones(), pass).sum()
    });
}

#[test]
fn a_pass_that_failed_is_not_committed_and_returns_its_first_error() {
    let mut model = Counted::new();
    let mut pass = Pass::train();
    let _ = model.forward(ones(), &mut pass);
    pass.fail(broken());
    pass.fail(ShapeError::operands("this test", "fails once more"));
    let error = pass.commit(&mut model).expect_err("it failed");
    assert_eq!(error.to_string(), "`this test` fails on purpose");
    assert_eq!(model.calls(), 0.0);
}

#[test]
fn value_and_grad_commits_updates() {
    let mut model = Counted::new();
    let (loss, gradients) = value_and_grad(&mut model, |model, pass| {
        let x = model.forward(ones(), pass);
        model.forward(x, pass).sum()
    })
    .expect("gradients");
    // Σ w², whose gradient is 2 w: the sum over both uses.
    assert_eq!(loss, 13.0);
    let (_, entry) = gradients.iter().next().expect("the weight's");
    assert_eq!(entry.array.to_vec::<f32>().expect("f32"), [4.0, 6.0]);
    assert_eq!((gradients.len(), model.calls()), (1, 2.0));
}

/// A loss that updates the model's statistics, and then fails.
fn goes_wrong(
    outcome: impl FnOnce(&mut Pass, Tensor<()>) -> Result<Tensor<()>, nnx::Error>,
) -> String {
    let mut model = Counted::new();
    let before = state(&model);
    let result = value_and_grad(&mut model, |model, pass| {
        let loss = model.forward(ones(), pass).sum();
        outcome(pass, loss)
    });
    assert!(same(&before, &state(&model)), "the model is unchanged");
    result.expect_err("it went wrong").to_string()
}

#[test]
fn a_failed_pass_is_an_error_of_value_and_grad_and_changes_nothing() {
    let text = goes_wrong(|pass, loss| {
        pass.fail(broken());
        Ok(loss)
    });
    assert_eq!(text, "`this test` fails on purpose");
}

#[test]
fn an_error_of_the_closure_is_that_of_value_and_grad_and_changes_nothing() {
    assert_eq!(goes_wrong(|_, _| Err(broken().into())), "`this test` fails on purpose");
}

#[test]
fn a_loss_without_gradient_is_an_error_and_changes_nothing() {
    let text = goes_wrong(|_, loss| Ok(loss.stop_gradient()));
    assert!(text.starts_with("the loss depends on none of the 1 variables selected"), "{text}");
}

#[test]
fn a_panic_in_the_closure_leaves_the_model() {
    let mut model = Counted::new();
    let before = state(&model);
    let text = panic_of(|| {
        value_and_grad(&mut model, |model, pass| -> Tensor<()> {
            let _ = model.forward(ones(), pass);
            panic!("in the middle of a step")
        })
    });
    assert_eq!(text, "in the middle of a step");
    assert!(same(&before, &state(&model)));
    let again = value_and_grad(&mut model, |model, pass| model.forward(ones(), pass).sum());
    assert_eq!((again.expect("the model still works").0, model.calls()), (5.0, 1.0));
}

#[test]
fn a_clone_is_a_model_of_its_own() {
    let mut model = Counted::new();
    let mut copy = model.clone();
    copy.weight.replace(Tensor::from([-1.0, -1.0]));
    assert_eq!(model.infer(ones()).to_vec(), [2.0, 3.0]);
    value_and_grad(&mut model, |model, pass| model.forward(ones(), pass).sum()).expect("gradients");
    assert_eq!((model.calls(), copy.calls()), (1.0, 0.0));

    // A pass of one model doesn't affect the other.
    let mut pass = Pass::train();
    let _ = model.forward(ones(), &mut pass);
    assert_eq!(copy.calls.get(&pass).item(), 0.0);
}

#[test]
fn a_value_set_in_a_pass_has_no_gradient() {
    let mut model = Counted::new();
    let gradients = grad(&mut model, |model, pass| {
        let weight = model.weight.get(pass);
        model.calls.set(weight.clone().sum(), pass);
        weight.sum() * model.calls.get(pass)
    });
    let (_, entry) = gradients.as_ref().expect("gradients").iter().next().expect("the weight's");
    assert_eq!(entry.array.to_vec::<f32>().expect("f32"), [5.0, 5.0], "calls is a constant 5");
    assert_eq!(model.calls(), 5.0);
}

/// Notes an error where its input is negative.
#[derive(Module)]
struct Root;

impl Layer<Tensor![2]> for Root {
    type Output = Tensor![2];
    fn forward(&self, x: Tensor![2], pass: &mut Pass) -> Tensor![2] {
        if x.to_vec().iter().any(|x| *x < 0.0) {
            pass.fail(nnx::Error::other("the root of a negative number"));
            assert!(pass.error().is_some());
        }
        x.sqrt()
    }
}

#[test]
fn an_error_noted_in_an_evaluation_is_returned_by_try_infer_and_a_panic_of_infer() {
    assert_eq!(Root.try_infer(ones()).expect("a root").to_vec(), [1.0, 1.0]);
    let error = Root.try_infer(-ones()).expect_err("of a negative number");
    assert_eq!(error.to_string(), "the root of a negative number");
    assert_eq!(
        panic_of(|| Root.infer(-ones())),
        "the model noted an error, which `try_infer` returns: the root of a negative number"
    );
    let mut pass = Pass::eval();
    assert!(pass.error().is_none());
    let _ = Root.forward(-ones(), &mut pass);
    assert_eq!(pass.error().expect("noted").to_string(), "the root of a negative number");
}
