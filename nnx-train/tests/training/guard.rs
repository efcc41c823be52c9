//! `LossGuard`: finite losses and gradients pass, others are errors.

use nnx_core::array::Array;
use nnx_core::module::{Entry, KindId, Path, State, kind};
use nnx_train::LossGuard;

fn state(arrays: &[(&str, &[f32])]) -> State {
    let kind = KindId::of::<kind::Param>();
    let entry = |&(path, elements): &(&str, &[f32])| {
        let array = Array::new(elements.to_vec(), &[elements.len()]).unwrap();
        (Path::parse(path), Entry { kind, array })
    };
    arrays.iter().map(entry).collect()
}

#[test]
fn the_guard_gives_a_finite_loss_back() {
    let mut guard = LossGuard::new();
    for loss in [2.3, -1.0, 0.0, f32::MAX, f32::MIN_POSITIVE] {
        assert_eq!(guard.check(loss), Ok(loss));
        let largest = state(&[("w", &[f32::MAX, -0.0, f32::MIN_POSITIVE]), ("empty", &[])]);
        assert_eq!(guard.check_step(loss, &largest, || unreachable!("all is finite")), Ok(loss));
    }
}

#[test]
fn the_guard_names_the_last_good_loss() {
    let mut guard = LossGuard::new();
    guard.check(0.5).unwrap();
    guard.check(0.75).unwrap();
    let error = guard.check(f32::INFINITY).unwrap_err();
    assert_eq!((error.step, error.loss, error.last), (3, f32::INFINITY, Some((2, 0.75))));
    assert_eq!(
        error.to_string(),
        "the loss is inf at step 3, after 0.75 at step 2; \
         lower the learning rate, warm it up, or clip the gradients"
    );
    // A broken loss is not a good one.
    let next = guard.check(f32::NEG_INFINITY).unwrap_err();
    assert_eq!((next.step, next.last), (4, Some((2, 0.75))));
}

#[test]
fn the_guard_doubts_the_inputs_of_a_first_step() {
    assert_eq!(
        LossGuard::new().check(f32::NAN).unwrap_err().to_string(),
        "the loss is NaN at step 1, and never was finite; check the inputs for NaN and for \
         values that aren't normalised, and how the parameters start"
    );
}

#[test]
fn the_guard_names_the_gradients_and_variables_that_are_not_finite() {
    let mut guard = LossGuard::new();
    guard.check(1.5).unwrap();
    let gradients = state(&[("a/bias", &[0.0]), ("a/kernel", &[1.0, f32::NAN])]);
    let variables = || state(&[("a/bias", &[1.0]), ("norm/mean", &[f32::NEG_INFINITY])]);
    let error = guard.check_step(f32::NAN, &gradients, variables).unwrap_err();
    // In the first epoch the model hasn't seen the items of the batch before, so they may be the cause.
    assert!(
        error.clone().at_batch(0, 7).to_string().ends_with(
            "norm/mean; look for NaN in the data of this batch; if there is none, lower the learning rate, warm it up, \
             or clip the gradients"
        )
    );
    assert_eq!(
        error.at_batch(1, 7).to_string(),
        "the loss is NaN at step 2 (epoch 2, batch 7), after 1.5 at step 1; gradients that aren't finite: a/kernel; \
         variables that aren't finite: norm/mean; lower the learning rate, warm it up, or clip the gradients"
    );
}

#[test]
fn a_finite_loss_does_not_hide_a_broken_gradient_wherever_it_is() {
    for length in [1, 31, 4096, 4097, 9000] {
        for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, length / 2, length - 1] {
                let mut elements = vec![1.0; length];
                elements[at] = broken;
                let error =
                    LossGuard::new().check_step(0.5, &state(&[("w", &elements)]), State::default);
                let error = error.unwrap_err();
                assert_eq!(error.gradients, [Path::parse("w")], "{broken} at {at} of {length}");
            }
        }
    }
    let names = ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, &[f32::NAN][..]));
    assert_eq!(
        LossGuard::new().check_step(0.5, &state(&names), State::default).unwrap_err().to_string(),
        "the loss is 0.5, but gradients aren't finite, at step 1; gradients that aren't finite: a, b, c, d, e and 2 \
         more; look for a division by 0, or a root or logarithm of 0, in the loss"
    );
}
