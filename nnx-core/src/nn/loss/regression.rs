//! Losses of numbers, elementwise.

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
/// If a runtime axis differs.
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
    Tensor::trusted((x - y).power(2.0))
}

/// `(x - y)² / 2`, elementwise, whose slope is the error itself (`optax.l2_loss`).
///
/// ```
/// use nnx_core::{nn::l2_loss, tensor::Tensor};
///
/// let loss = l2_loss(Tensor::from([1.0, 4.0]), Tensor::from([0.0, 1.0]));
/// assert_eq!(loss.to_vec(), [0.5, 4.5]);
/// ```
///
/// # Panics
/// If a runtime axis differs.
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
    Tensor::trusted((x - y).power(2.0).scale(0.5))
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
/// If a runtime axis differs.
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
    let error = (x - y).abs();
    let delta_everywhere = error.full_like(delta);
    // The smaller of both. What is left over is linear.
    let quadratic = -((-error.clone()).maximum(-delta_everywhere));
    let linear = &error - &quadratic;
    Tensor::trusted(quadratic.power(2.0).scale(0.5) + linear.scale(delta))
}

/// `ln cosh(x - y)`, elementwise: about half the square of small errors, and the size of large ones, but
/// for ln 2 (`optax.log_cosh`; Chen et al., 2019).
///
/// It is computed as `softplus(2 e) - e - ln 2`, which doesn't overflow.
///
/// ```
/// use nnx_core::{nn::log_cosh, tensor::Tensor};
///
/// let loss = log_cosh(Tensor::from([0.0f32, 1.0, -100.0]), Tensor::from([0.0, 0.0, 0.0])).to_vec();
/// for (loss, expected) in loss.into_iter().zip([0.0, 1.0f32.cosh().ln(), 100.0 - 2.0f32.ln()]) {
///     assert!((loss - expected).abs() < 1e-5);
/// }
/// ```
///
/// # Panics
/// If a runtime axis differs.
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
    let error = x - y;
    let above = error.clone().scale(2.0).softplus();
    Tensor::trusted((above - error).shift(-std::f64::consts::LN_2))
}
