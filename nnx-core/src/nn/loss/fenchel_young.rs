//! Fenchel-Young losses.

use super::paired;
use crate::size::rules::{LastAxis, TargetsOf};
use crate::tensor::{Operand, Real, Tensor};

/// The Fenchel-Young loss of each row: `max_fun(scores) - Σ targets · scores` over the last axis
/// (`optax.make_fenchel_young_loss(max_fun)(scores, targets)`; Blondel et al., 2020).
///
/// `max_fun` is a function like a maximum over the last axis, whose gradient is a probability for each score. With
/// [`logsumexp`](Tensor::logsumexp) the loss is the cross-entropy, with the maximum the perceptron loss. A target
/// of 0 adds 0, even if its score is -∞.
///
/// ```
/// use nnx_core::{nn::fenchel_young_loss, tensor::Tensor};
///
/// let scores = Tensor::from([[2.0f32, 2.0]]);
/// let loss = fenchel_young_loss(scores, Tensor::from([[0.0, 1.0]]), |scores| scores.logsumexp());
/// assert!((loss.to_vec()[0] - 2.0f32.ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments, or `max_fun` panics.
#[doc(alias = "make_fenchel_young_loss")]
#[must_use]
#[track_caller]
pub fn fenchel_young_loss<S, T, E, F>(
    scores: Tensor<S, E>,
    targets: Tensor<T, F>,
    max_fun: impl FnOnce(Tensor<S, E>) -> Tensor<S::Leading, E>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("fenchel_young_loss", scores.clone(), targets);
    let last = x.rank() - 1;
    Tensor::trusted(max_fun(scores).into_dyn() - x.weighted(y).sum(&[last]))
}
