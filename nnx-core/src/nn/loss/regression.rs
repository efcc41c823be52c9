//! Elementwise losses for regression.

use super::paired;
use crate::size::Shape;
use crate::size::rules::TargetsOf;
use crate::tensor::{Operand, Real, Tensor};

/// `(x - y)²`, elementwise (`optax.squared_error`).
///
/// ```
/// use nnx_core::{nn::squared_error, tensor::Tensor};
///
/// let loss = squared_error(Tensor::from([1.0, 4.0]), Tensor::from([0.0, 1.0]));
/// assert_eq!(loss.to_vec(), [1.0, 9.0]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn squared_error<S, T, E, F>(predictions: Tensor<S, E>, targets: Tensor<T, F>) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("squared_error", predictions, targets);
    Tensor::trusted((x - y).squared_error())
}

/// `(x - y)² / 2`, elementwise. Its derivative is the error `x - y` (`optax.l2_loss`).
///
/// ```
/// use nnx_core::{nn::l2_loss, tensor::Tensor};
///
/// let loss = l2_loss(Tensor::from([1.0, 4.0]), Tensor::from([0.0, 1.0]));
/// assert_eq!(loss.to_vec(), [0.5, 4.5]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn l2_loss<S, T, E, F>(predictions: Tensor<S, E>, targets: Tensor<T, F>) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("l2_loss", predictions, targets);
    Tensor::trusted((x - y).l2_loss())
}

/// `e² / 2` for errors `e = x - y` up to `delta`, `delta (|e| - delta / 2)` for larger ones, elementwise
/// (`optax.huber_loss`, whose `delta` is 1 by default; Huber, 1964).
///
/// ```
/// use nnx_core::{nn::huber_loss, tensor::Tensor};
///
/// let loss = huber_loss(Tensor::from([0.5, -3.0]), Tensor::from([0.0, 0.0]), 1.0);
/// assert_eq!(loss.to_vec(), [0.125, 2.5]);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments, or if `delta` is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn huber_loss<S, T, E, F>(
    predictions: Tensor<S, E>,
    targets: Tensor<T, F>,
    delta: f64,
) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("huber_loss", predictions, targets);
    assert!(
        delta >= 0.0 && delta.is_finite(),
        "huber_loss: expected a `delta` of 0 or more, and finite, found {delta}"
    );
    Tensor::trusted((x - y).huber_loss(delta))
}

/// `ln cosh(x - y)`, elementwise: about `e² / 2` for small errors `e = x - y`, and `|e| - ln 2` for large ones
/// (`optax.log_cosh`; Chen et al., 2019).
///
/// For small errors it computes `ln(1 + 2 sinh²(e / 2))`, which loses no digits; for large ones
/// `|e| + ln(1 + e^(-2 |e|)) - ln 2`, which doesn't overflow.
///
/// ```
/// use nnx_core::{nn::log_cosh, tensor::Tensor};
///
/// let loss = log_cosh(Tensor::from([0.0f32, 1.0, -100.0]), Tensor::from([0.0, 0.0, 0.0])).to_vec();
/// for (loss, expected) in loss.into_iter().zip([0.0, 1.0f32.cosh().ln(), 100.0 - 2.0f32.ln()]) {
///     assert!((loss - expected).abs() < 1e-5);
/// }
/// let small = log_cosh(Tensor::from([1e-4f32]), Tensor::from([0.0])).to_vec()[0];
/// assert!((small / 5e-9 - 1.0).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn log_cosh<S, T, E, F>(predictions: Tensor<S, E>, targets: Tensor<T, F>) -> Tensor<S, E>
where
    S: Shape,
    T: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
{
    let [x, y] = paired("log_cosh", predictions, targets);
    Tensor::trusted((x - y).log_cosh())
}
