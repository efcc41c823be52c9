//! Losses for classification.

use super::paired;
use crate::size::Shape;
use crate::size::rules::{LabelsOf, LastAxis, TargetsOf};
use crate::tensor::{Label, Operand, Real, Tensor};

/// The cross-entropy of each example: `-ln softmax(logits)[label]`, for logits `(.., C)` and labels
/// `(..)` in `0..C` (`optax.softmax_cross_entropy_with_integer_labels`).
///
/// PyTorch: `F.cross_entropy(logits, labels, reduction="none")`. Reduce it with `.mean()`.
///
/// ```
/// use nnx_core::{nn::softmax_cross_entropy, tensor::Tensor};
///
/// let logits = Tensor::from([[2.0, 2.0], [100.0, 0.0]]);
/// let loss = softmax_cross_entropy(logits, Tensor::from([1, 0]));
/// assert_eq!(loss.to_vec(), [2.0f32.ln(), 0.0]);
/// ```
///
/// # Panics
/// If a label is outside `0..C`, or a runtime axis has different sizes in the arguments. Check labels where data
/// are read. [`masked_mean`](super::masked_mean) shows what to do with labels that mean "ignore".
#[must_use]
#[track_caller]
pub fn softmax_cross_entropy<S, L, E, I>(
    logits: Tensor<S, E>,
    labels: Tensor<L, I>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    L: LabelsOf<S>,
    E: Real,
    I: Label,
{
    match logits.into_dyn().try_softmax_cross_entropy(labels.into_dyn()) {
        Ok(loss) => Tensor::trusted(loss),
        // Not in a closure: the panic would report the closure's location instead of the caller's.
        Err(error) => panic!("{error}"),
    }
}

/// The cross-entropy of each example with probabilities as labels: `-Σ p ln softmax(logits)` over the
/// last axis (`optax.safe_softmax_cross_entropy`). A class of probability 0 adds 0, even if its logit is -∞, where
/// `optax.softmax_cross_entropy` returns NaN.
///
/// ```
/// use nnx_core::nn::{smooth_labels, softmax_cross_entropy_with_probabilities};
/// use nnx_core::tensor::Tensor;
///
/// let labels = smooth_labels(Tensor::from([[1.0f32, 0.0]]), 0.5);
/// assert_eq!(labels.to_vec(), [0.75, 0.25]);
/// let loss = softmax_cross_entropy_with_probabilities(Tensor::from([[2.0, 2.0]]), labels);
/// assert!((loss.to_vec()[0] - 2.0f32.ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn softmax_cross_entropy_with_probabilities<S, T, E, F>(
    logits: Tensor<S, E>,
    labels: Tensor<T, F>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let pair = paired("softmax_cross_entropy_with_probabilities", logits, labels);
    Tensor::trusted(super::cross_entropy(pair))
}

/// Label smoothing: mixes probabilities with the uniform distribution, `(1 - alpha) p + alpha / C` over the last
/// axis of `C` classes (`optax.smooth_labels`; Müller et al., 2019).
///
/// ```
/// use nnx_core::{nn::smooth_labels, tensor::Tensor};
///
/// let labels = Tensor::from([[0.0f32, 1.0, 0.0, 0.0]]);
/// assert_eq!(smooth_labels(labels, 0.5).to_vec(), [0.125, 0.625, 0.125, 0.125]);
/// ```
///
/// # Panics
/// If `alpha` isn't within 0 to 1.
#[must_use]
#[track_caller]
pub fn smooth_labels<S: LastAxis, E: Real>(labels: Tensor<S, E>, alpha: f64) -> Tensor<S, E> {
    check_smoothing("smooth_labels", alpha);
    let labels = labels.into_dyn();
    #[allow(clippy::cast_precision_loss, reason = "a count of classes is far below 2^53")]
    let classes = labels.dims()[labels.rank() - 1] as f64;
    Tensor::trusted(labels.mul_scalar(1.0 - alpha).add_scalar(alpha / classes))
}

#[track_caller]
pub(super) fn check_smoothing(name: &str, alpha: f64) {
    assert!(
        (0.0..=1.0).contains(&alpha),
        "{name}: `alpha` is the share of the even probabilities, from 0 to 1; found {alpha}"
    );
}

/// The binary cross-entropy of each element: `-y ln σ(x) - (1 - y) ln(1 - σ(x))` for
/// labels `y` within 0 to 1 (`optax.sigmoid_binary_cross_entropy`).
///
/// It is computed as `y softplus(-x) + (1 - y) softplus(x)`, which is finite for every finite logit. A term
/// with a factor of exactly 0 adds 0. So with a label of 0 or 1 a logit of ±∞ has a loss of 0 or ∞, never NaN.
///
/// ```
/// use nnx_core::{nn::sigmoid_binary_cross_entropy, tensor::Tensor};
///
/// let logits = Tensor::from([0.0, 1e4, -1e4]);
/// let loss = sigmoid_binary_cross_entropy(logits, Tensor::from([1.0, 1.0, 1.0]));
/// assert_eq!(loss.to_vec(), [2.0f32.ln(), 0.0, 1e4]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn sigmoid_binary_cross_entropy<S, T, E, F>(
    logits: Tensor<S, E>,
    labels: Tensor<T, F>,
) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("sigmoid_binary_cross_entropy", logits, labels);
    Tensor::trusted(x.sigmoid_binary_cross_entropy(y))
}

/// The fraction of examples whose largest logit is the label's: 0 to 1, or NaN without examples. A row with a NaN
/// always counts as wrong.
///
/// ```
/// use nnx_core::{nn::accuracy, tensor::Tensor};
///
/// let logits = Tensor::from([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]);
/// assert_eq!(accuracy(logits, &Tensor::from([1, 0, 0, 0])), 0.75);
/// ```
///
/// # Panics
/// If the number of examples differs.
#[must_use]
#[track_caller]
#[allow(clippy::cast_precision_loss, reason = "a count of examples is far below 2^24")]
pub fn accuracy<S, L, E, I>(logits: Tensor<S, E>, labels: &Tensor<L, I>) -> f32
where
    S: LastAxis,
    L: LabelsOf<S>,
    E: Real,
    I: Label,
{
    let (logits, labels) = (logits.into_dyn(), labels.clone().into_dyn());
    assert_eq!(
        logits.dims().without_axis(logits.rank() - 1),
        labels.dims(),
        "accuracy: expected one label for each row of logits"
    );
    let right = logits.predicts(labels).array_for("accuracy").to_vec::<bool>().expect("a mask");
    right.iter().filter(|right| **right).count() as f32 / right.len() as f32
}
