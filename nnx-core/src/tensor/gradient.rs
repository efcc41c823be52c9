//! Gradients of functions of tensors.

use super::{Real, Tensor};
use crate::grad::value_and_gradients;
use crate::size::Shape;

/// The gradient of a scalar function at `x` (`jax.grad`).
///
/// `f` may call this itself: gradients of gradients are right. Inside a pass over a module it gives
/// gradients with respect to an input, through which the module's own gradients flow.
///
/// ```
/// use nnx_core::tensor::{Tensor, gradient};
///
/// // f(x) = Σ x³ has the gradient 3 x², and that has the diagonal 6 x.
/// let cube = |x: Tensor<_, f64>| x.powf(3.0).sum();
/// let x = Tensor::from([1.0f64, 2.0]);
/// assert_eq!(gradient(cube, x.clone()).to_vec(), [3.0, 12.0]);
/// assert_eq!(gradient(|x| gradient(cube, x).sum(), x).to_vec(), [6.0, 12.0]);
/// ```
pub fn gradient<S: Shape, E: Real>(f: impl FnOnce(Tensor<S, E>) -> Tensor<(), E>, x: Tensor<S, E>) -> Tensor<S, E> {
    value_and_gradient(f, x).1
}

/// The value of a scalar function at `x`, and its gradient there (`jax.value_and_grad`).
pub fn value_and_gradient<S: Shape, E: Real>(
    f: impl FnOnce(Tensor<S, E>) -> Tensor<(), E>,
    x: Tensor<S, E>,
) -> (Tensor<(), E>, Tensor<S, E>) {
    let f = |[x]: [_; 1]| f(Tensor::trusted(x)).into_dyn();
    let (value, [gradient]) = value_and_gradients(f, [x.into_dyn()]);
    (Tensor::trusted(value), Tensor::trusted(gradient))
}
