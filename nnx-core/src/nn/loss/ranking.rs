//! Losses of lists of items by their relevance.

use super::{paired, paired_where};
use crate::size::rules::{LastAxis, MaskOf, TargetsOf};
use crate::tensor::{Operand, Real, Tensor};

/// The ranking softmax loss of each list, for scores `s` and relevances `y` of its items, both `(.., items)`:
/// `-Σ y ln softmax(s)` (`optax.ranking_softmax_loss`, also named ListNet; Cao et al., 2007).
///
/// Relevances needn't add up to 1. Items of different weight: multiply their relevances, `y.weighted(weights)`.
/// Optax returns the mean of all lists: write `.mean()`.
///
/// ```
/// use nnx_core::{nn::ranking_softmax_loss, tensor::Tensor};
///
/// let scores = Tensor::from([[2.0f32, 1.0, 3.0]]);
/// let loss = ranking_softmax_loss(scores, Tensor::from([[1.0, 0.0, 0.0]]));
/// assert!((loss.to_vec()[0] - 1.407_606).abs() < 1e-5);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn ranking_softmax_loss<S, T, E, F>(
    scores: Tensor<S, E>,
    relevances: Tensor<T, F>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    Tensor::trusted(super::cross_entropy(paired("ranking_softmax_loss", scores, relevances)))
}

/// [`ranking_softmax_loss`] of the items where the mask is true (`optax.ranking_softmax_loss(where=)`): lists of
/// different lengths, padded. A list without items has a loss of 0. Optax leaves such lists out of its mean; do so by
/// [`masked_mean`](super::masked_mean) with a mask of lists.
///
/// ```
/// use nnx_core::{nn::{masked_mean, ranking_softmax_loss_where}, tensor::Tensor};
///
/// let scores = Tensor::from([[2.0f32, 1.0, 7.0], [0.0, 0.0, 0.0]]);
/// let relevances = Tensor::from([[1.0, 0.0, 9.0], [1.0, 0.0, 0.0]]);
/// let mask = Tensor::from([[true, true, false], [false, false, false]]);
/// let loss = ranking_softmax_loss_where(scores, relevances, mask);
/// let mean = masked_mean(loss, Tensor::from([true, false]));
/// assert!((mean.item() - 0.313_261_7).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn ranking_softmax_loss_where<S, T, M, E, F>(
    scores: Tensor<S, E>,
    relevances: Tensor<T, F>,
    mask: Tensor<M, bool>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    M: MaskOf<S>,
    E: Real,
    F: Operand<E>,
{
    const NAME: &str = "ranking_softmax_loss_where";
    let fills = [f64::NEG_INFINITY, 0.0];
    Tensor::trusted(super::cross_entropy(paired_where(NAME, scores, relevances, mask, fills)))
}
