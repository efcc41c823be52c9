//! Running measures and the guard over the loss.

use nnx_core::Tensor;
use nnx_core::size::Batch;
use nnx_core::tensor::Tensor;
use nnx_train::{Accuracy, Average, LossGuard, TrainError};

#[test]
fn measures_are_nan_before_any_data() {
    assert!(Average::new().compute().is_nan());
    assert!(Accuracy::new().compute().is_nan());
}

#[test]
fn an_average_weighs_batches_by_their_size() {
    let mut average = Average::new();
    average.update(1.0, 3);
    average.update(5.0, 1);
    assert_eq!(average.compute(), 2.0);
    average.reset();
    assert!(average.compute().is_nan());
}

#[test]
fn the_mean_of_nothing_adds_nothing() {
    let mut average = Average::new();
    average.update(4.0, 2);
    average.update(f32::NAN, 0);
    assert_eq!(average.compute(), 4.0);
}

#[test]
fn an_average_of_many_small_values_keeps_its_digits() {
    // In f32 the sum would stop growing at 2^24.
    let mut average = Average::new();
    for _ in 0..(1 << 24) + (1 << 20) {
        average.update(1.0, 1);
    }
    average.update(0.5, 1 << 24);
    let (ones, halves) = (f64::from((1 << 24) + (1 << 20)), f64::from(1 << 24));
    assert_eq!(average.compute(), ((ones + 0.5 * halves) / (ones + halves)) as f32);
}

fn classes(classes: &[i32]) -> Tensor![Batch; i32] {
    Tensor::from_vec(classes.to_vec()).unwrap()
}

#[test]
fn accuracy_counts_over_batches() {
    let mut accuracy = Accuracy::new();
    accuracy.update(&classes(&[1, 2, 3]), &classes(&[1, 2, 4]));
    accuracy.update(&classes(&[0]), &classes(&[0]));
    accuracy.update(&classes(&[]), &classes(&[]));
    assert_eq!((accuracy.correct(), accuracy.count()), (3, 4));
    assert_eq!(accuracy.compute(), 0.75);
    accuracy.reset();
    assert!(accuracy.compute().is_nan());
}

#[test]
#[should_panic(expected = "Accuracy: predictions of shape (3,) for labels of shape (2,); \
                           both must come from the same batch")]
fn accuracy_of_other_numbers_of_predictions_and_labels() {
    Accuracy::new().update(&classes(&[1, 2, 3]), &classes(&[1, 2]));
}

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
