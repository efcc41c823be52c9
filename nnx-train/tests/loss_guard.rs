//! `LossGuard`: finite losses pass, others are errors.

use nnx_train::{LossGuard, TrainError};

#[test]
fn the_guard_gives_a_finite_loss_back() {
    let mut guard = LossGuard::new();
    for loss in [2.3, -1.0, 0.0, f32::MAX, f32::MIN_POSITIVE] {
        assert_eq!(guard.check(loss), Ok(loss));
    }
}

#[test]
fn the_guard_names_the_last_good_loss() {
    let mut guard = LossGuard::new();
    guard.check(0.5).unwrap();
    guard.check(0.75).unwrap();
    let error = guard.check(f32::INFINITY).unwrap_err();
    let infinite =
        TrainError::Diverged { step: 3, loss: f32::INFINITY, last_step: 2, last_loss: 0.75 };
    assert_eq!(error, infinite);
    assert_eq!(
        error.to_string(),
        "the loss is inf at step 3, after 0.75 at step 2; \
         lower the learning rate, warm it up, or clip the gradients"
    );
    // A broken loss is not a good one.
    let next = guard.check(f32::NEG_INFINITY).unwrap_err();
    assert!(matches!(next, TrainError::Diverged { step: 4, last_step: 2, .. }));
}

#[test]
fn the_guard_doubts_the_inputs_of_a_first_step() {
    assert_eq!(
        LossGuard::new().check(f32::NAN).unwrap_err().to_string(),
        "the loss is NaN at step 1, and never was finite; check the inputs for NaN and for \
         values that aren't normalised, and how the parameters start"
    );
}
