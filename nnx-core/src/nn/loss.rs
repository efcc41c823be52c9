//! Losses and what goes with them.

use crate::size::rules::{LabelsOf, LastAxis};
use crate::tensor::{Label, Real, Tensor};

/// The cross-entropy of each example: `-ln softmax(logits)[label]`, for logits `(.., C)` and labels
/// `(..)` within `0..C` (`optax.softmax_cross_entropy_with_integer_labels`).
///
/// In PyTorch `F.cross_entropy(logits, labels, reduction="none")`. Reduce it with `.mean()`.
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
/// If a label lies outside `0..C`, or a runtime axis differs: check labels where data are read.
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
    match logits.log_softmax().pick(labels) {
        Ok(picked) => Tensor::trusted(-picked.into_dyn()),
        // Not in a closure, which would be named as the place instead of the caller.
        Err(error) => panic!("{error}"),
    }
}

/// The share of examples whose largest logit is the label's: 0 to 1, NaN for none.
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
    let (predicted, labels) = (logits.argmax().to_vec(), labels.to_vec());
    assert_eq!(predicted.len(), labels.len(), "one label for each row of logits");
    let right = predicted.iter().zip(&labels).filter(|(a, b)| *b == *a).count();
    right as f32 / labels.len() as f32
}
