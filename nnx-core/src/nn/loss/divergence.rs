//! Losses for distributions and directions, with one value for each row of the last axis.

use super::paired;
use crate::ops::{Comparison, DynTensor};
use crate::size::rules::{LastAxis, TargetsOf};
use crate::tensor::{Operand, Real, Tensor};

/// The Kullback-Leibler divergence of predictions from targets: `Σ p (ln p - x)` over the last axis, for
/// log-probabilities `x` and probabilities `p`. A term with `p = 0` adds 0, even if `x` is -∞
/// (`optax.kl_divergence`, which returns NaN there; Kullback and Leibler, 1951).
///
/// ```
/// use nnx_core::{nn::kl_divergence, tensor::Tensor};
///
/// let predictions = Tensor::from([[0.5f32.ln(), 0.5f32.ln()]; 2]);
/// let loss = kl_divergence(predictions, Tensor::from([[0.5, 0.5], [1.0, 0.0]]));
/// assert_eq!(loss.to_vec(), [0.0, 2.0f32.ln()]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn kl_divergence<S, T, E, F>(
    log_predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    Tensor::trusted(kl(paired("kl_divergence", log_predictions, targets)))
}

pub(super) fn kl([x, p]: [DynTensor; 2]) -> DynTensor {
    // Where p is 0, take the logarithm of 1 instead: no infinity arises, neither in the value nor in the gradient.
    let none = p.clone().compare(Comparison::Equal, p.full_like(0.0));
    let log = none.select(p.full_like(1.0), p.clone()).log();
    sum_rows((log - x).weighted(p))
}

/// [`kl_divergence`] of log-probabilities `x` from log-probabilities `y`: `Σ e^y (y - x)` over the last axis
/// (`optax.kl_divergence_with_log_targets`). A target of -∞ is a probability of 0 and adds nothing.
///
/// ```
/// use nnx_core::{nn::kl_divergence_with_log_targets, tensor::Tensor};
///
/// let half = Tensor::from([[0.5f32.ln(), 0.5f32.ln()]]);
/// let sure = Tensor::from([[0.0, f32::NEG_INFINITY]]);
/// assert_eq!(kl_divergence_with_log_targets(half, sure).to_vec(), [2.0f32.ln()]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn kl_divergence_with_log_targets<S, T, E, F>(
    log_predictions: Tensor<S, E>,
    log_targets: Tensor<T, F>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let pair = paired("kl_divergence_with_log_targets", log_predictions, log_targets);
    Tensor::trusted(kl_of_logs(pair))
}

pub(super) fn kl_of_logs([x, y]: [DynTensor; 2]) -> DynTensor {
    let p = y.clone().exp();
    sum_rows((y - x).weighted(p))
}

/// The Kullback-Leibler divergence of numbers that needn't add up to 1: `Σ (p (ln p - x) + e^x - p)` over the last
/// axis, for logarithms `x` of predictions and targets `p` of 0 or more. It is 0 only if they are equal. A target
/// of 0 adds `e^x` alone (`optax.generalized_kl_divergence`, before `optax.convex_kl_divergence`).
///
/// ```
/// use nnx_core::{nn::generalized_kl_divergence, tensor::Tensor};
///
/// let predictions = Tensor::from([[0.0f32, 0.0], [3.0f32.ln(), f32::NEG_INFINITY]]);
/// let loss = generalized_kl_divergence(predictions, Tensor::from([[1.0, 0.0], [3.0, 0.0]]));
/// assert!((loss.to_vec()[0] - 1.0).abs() < 1e-6 && loss.to_vec()[1].abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn generalized_kl_divergence<S, T, E, F>(
    log_predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let pair = paired("generalized_kl_divergence", log_predictions, targets);
    Tensor::trusted(generalized_kl(pair))
}

pub(super) fn generalized_kl([x, p]: [DynTensor; 2]) -> DynTensor {
    sum_rows(x.generalized_kl_divergence(p))
}

/// The cosine of the angle between rows of the last axis: `Σ x y / (|x| |y|)`. A squared length below
/// `epsilon` is replaced by `epsilon` (`optax.cosine_similarity`, whose `epsilon` is 0 by default).
///
/// A row of zeros has no direction: its similarity is 0, where optax returns NaN if `epsilon` is 0. Rows may have
/// any length: squares don't overflow.
///
/// ```
/// use nnx_core::{nn::cosine_similarity, tensor::Tensor};
///
/// let x = Tensor::from([[3.0f32, 4.0], [0.0, 0.0]]);
/// let y = Tensor::from([[4.0, 3.0], [1.0, 0.0]]);
/// let similarities = cosine_similarity(x, y, 0.0).to_vec();
/// assert!((similarities[0] - 0.96).abs() < 1e-6);
/// assert_eq!(similarities[1], 0.0);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments, or if `epsilon` is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn cosine_similarity<S, T, E, F>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    epsilon: f64,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("cosine_similarity", predictions, targets);
    Tensor::trusted(x.cosine_similarity(y, least_length("cosine_similarity", epsilon)))
}

/// `1 -` [`cosine_similarity`] (`optax.cosine_distance`).
///
/// ```
/// use nnx_core::{nn::cosine_distance, tensor::Tensor};
///
/// let distance = cosine_distance(Tensor::from([[2.0, 0.0]]), Tensor::from([[0.0, 5.0]]), 0.0);
/// assert_eq!(distance.to_vec(), [1.0]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments, or if `epsilon` is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn cosine_distance<S, T, E, F>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    epsilon: f64,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("cosine_distance", predictions, targets);
    let similarity = x.cosine_similarity(y, least_length("cosine_distance", epsilon));
    Tensor::trusted(-(similarity.add_scalar(-1.0)))
}

/// `√epsilon`, the lower bound of lengths, checked.
#[track_caller]
pub(super) fn least_length(loss: &str, epsilon: f64) -> f64 {
    assert!(
        epsilon >= 0.0 && epsilon.is_finite(),
        "{loss}: expected an `epsilon` of 0 or more, and finite, found {epsilon}"
    );
    epsilon.sqrt()
}

fn sum_rows(x: DynTensor) -> DynTensor {
    let last = x.rank() - 1;
    x.sum(&[last])
}
