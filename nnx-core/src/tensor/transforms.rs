//! Transformations of functions of tensors: VJP, JVP, Jacobian, custom gradients, recomputation.

use std::sync::Arc;

use super::{Inputs, Real, Tensor};
use crate::array::Array;
use crate::grad::{self, Pullback};
use crate::ops::DynTensor;
use crate::size::{Dim, Shape};

/// Converts a function of typed tensors to a function of a list of tensors.
fn on_list<X: Inputs, S, E>(
    f: impl FnOnce(X) -> Tensor<S, E>,
) -> impl FnOnce(Vec<DynTensor>) -> DynTensor {
    move |list| f(X::from_list(&mut list.into_iter())).into_dyn()
}

fn from_list<X: Inputs>(list: Vec<DynTensor>) -> X {
    X::from_list(&mut list.into_iter())
}

/// The value of a function at `x`, and its pullback, which maps `u` to `Jᵀ u` for the Jacobian `J` of the
/// function at `x` (`jax.vjp`). The pullback can be called any number of times.
///
/// ```
/// use nnx_core::tensor::{Tensor, vjp};
///
/// let x = Tensor::from([1.0, 2.0, 3.0]);
/// let (y, pullback) = vjp(|x: Tensor<_>| x.square(), x);
/// assert_eq!(y.to_vec(), [1.0, 4.0, 9.0]);
/// assert_eq!(pullback(Tensor::from([1.0, 0.0, 0.0])).to_vec(), [2.0, 0.0, 0.0]);
/// assert_eq!(pullback(Tensor::from([0.0, 1.0, 1.0])).to_vec(), [0.0, 4.0, 6.0]);
/// ```
///
/// # Panics
/// The pullback panics if a runtime axis of its argument has a different size than that of the value.
pub fn vjp<X: Inputs, S: Shape, E: Real>(
    f: impl FnOnce(X) -> Tensor<S, E>,
    x: X,
) -> (Tensor<S, E>, impl Fn(Tensor<S, E>) -> X) {
    let (value, pullback) = Pullback::record(on_list(f), x.into_list());
    let dims = value.dims();
    let pull = move |cotangent: Tensor<S, E>| {
        same_size("vjp", "cotangent", &cotangent.dims(), &dims);
        from_list(pullback.vjp(cotangent.into_dyn()))
    };
    (Tensor::trusted(value), pull)
}

/// The value of a function at `x`, and its directional derivative along `tangent`: `J t` for the Jacobian `J`
/// of the function at `x` (`jax.jvp`).
///
/// It is computed as the derivative of the pullback, which is linear in its argument. That takes two backward
/// passes, where JAX takes one forward pass.
///
/// ```
/// use nnx_core::tensor::{Tensor, gradient, jvp};
///
/// let x = Tensor::from([1.0f64, 2.0]);
/// let tangent = Tensor::from([1.0f64, 10.0]);
/// let (y, along) = jvp(|x: Tensor<_, f64>| x.powf(3.0), x.clone(), tangent.clone());
/// assert_eq!((y.to_vec(), along.to_vec()), (vec![1.0, 8.0], vec![3.0, 120.0]));
///
/// // The second derivatives times a vector, without the matrix of all of them.
/// let slope = |x: Tensor<_, f64>| gradient(|x: Tensor<_, f64>| x.powf(3.0).sum(), x);
/// assert_eq!(jvp(slope, x, tangent).1.to_vec(), [6.0, 120.0]);
/// ```
///
/// # Panics
/// If a runtime axis of a tangent has a different size than that of its input.
#[track_caller]
pub fn jvp<X: Inputs, S: Shape, E: Real>(
    f: impl FnOnce(X) -> Tensor<S, E>,
    x: X,
    tangent: X,
) -> (Tensor<S, E>, Tensor<S, E>) {
    let (inputs, tangents) = (x.into_list(), tangent.into_list());
    for (input, tangent) in inputs.iter().zip(&tangents) {
        same_size("jvp", "tangent", &tangent.dims(), &input.dims());
    }
    let (value, along) = grad::jvp(on_list(f), inputs, tangents);
    (Tensor::trusted(value), Tensor::trusted(along))
}

/// The Jacobian of a function of a vector: `J[i, j] = ∂y[i] / ∂x[j]` (`jax.jacrev`). It takes one backward pass
/// for each row.
///
/// ```
/// use nnx_core::tensor::{Tensor, jacobian};
///
/// let swap = |x: Tensor<_>| x.clone().square() + x.sum();
/// assert_eq!(jacobian(swap, Tensor::from([1.0, 2.0])).to_vec(), [3.0, 1.0, 1.0, 5.0]);
/// ```
pub fn jacobian<N: Dim, M: Dim, E: Real>(
    f: impl FnOnce(Tensor<(N,), E>) -> Tensor<(M,), E>,
    x: Tensor<(N,), E>,
) -> Tensor<(M, N), E> {
    let columns = x.dims()[0];
    let (value, pullback) = Pullback::record(on_list(f), x.into_list());
    let count = value.dims()[0];
    let row = |i: usize| {
        let one = (0..count).map(|j| if i == j { E::ONE } else { E::ZERO }).collect();
        let one = Array::filled::<E>(one, value.dims());
        pullback.vjp(one.into()).swap_remove(0).reshape(&[1, columns])
    };
    let rows: Vec<DynTensor> = (0..count).map(row).collect();
    if rows.is_empty() {
        return Tensor::trusted(Array::full(E::ZERO, &[0, columns]).into());
    }
    Tensor::trusted(DynTensor::concat(rows, 0).expect("rows of one length"))
}

/// A function with a custom gradient (`nnx.custom_vjp`, PyTorch's `autograd.Function`). `backward` gets the
/// inputs, the output and the gradient with respect to the output, and returns the gradients with respect to
/// the inputs.
///
/// The inputs and the output take the place of JAX's residuals. An outer differentiation tracks both, so a
/// gradient of a gradient differentiates `backward` and is correct.
///
/// ```
/// use nnx_core::tensor::{Tensor, custom_vjp, gradient};
///
/// // Steps down, with the slope of the identity (Bengio et al., 2013).
/// let round = |x: Tensor<_>| {
///     custom_vjp(|x: Tensor<_>| x.cast::<i32>().cast::<f32>(), |_, _, gradient| gradient, x)
/// };
/// let x = Tensor::from([0.3, 1.7]);
/// assert_eq!(round(x.clone()).to_vec(), [0.0, 1.0]);
/// assert_eq!(gradient(|x| (round(x) * 3.0).sum(), x).to_vec(), [3.0, 3.0]);
/// ```
///
/// # Panics
/// If `forward` captures a tensor that is being differentiated, since no gradient would flow to it. If a
/// gradient that `backward` returns has a different size than its input along a runtime axis.
#[track_caller]
pub fn custom_vjp<X: Inputs + 'static, S: Shape, E: Real>(
    forward: impl Fn(X) -> Tensor<S, E> + Send + Sync + 'static,
    backward: impl Fn(X, Tensor<S, E>, Tensor<S, E>) -> X + Send + Sync + 'static,
    x: X,
) -> Tensor<S, E> {
    let rule = move |inputs: Vec<DynTensor>, output, gradient| {
        let dims: Vec<_> = inputs.iter().map(DynTensor::dims).collect();
        let (output, gradient) = (Tensor::trusted(output), Tensor::trusted(gradient));
        let found = backward(from_list(inputs), output, gradient).into_list();
        for (found, expected) in found.iter().zip(&dims) {
            same_size("custom_vjp", "gradient", &found.dims(), expected);
        }
        found
    };
    let forward = Arc::new(move |list| forward(from_list(list)).into_dyn());
    let value = grad::with_gradient("custom_vjp", forward, Box::new(rule), x.into_list());
    Tensor::trusted(value)
}

/// Applies a function but saves only its inputs for backward, and runs it again in the backward pass
/// (`nnx.remat`, `jax.checkpoint`, `torch.utils.checkpoint`; Chen et al., 2016). It saves memory and costs
/// time. The results are the same as without it. [`Remat`](crate::nn::Remat) does this for a layer.
///
/// ```
/// use nnx_core::tensor::{Tensor, gradient, remat};
///
/// let deep = |x: Tensor<_>| (0..10).fold(x, |x, _| x.sin()).sum();
/// let x = Tensor::from([0.3, 1.7]);
/// let plain = gradient(deep, x.clone()).to_vec();
/// assert_eq!(gradient(|x| remat(deep, x), x).to_vec(), plain);
/// ```
///
/// # Panics
/// If `f` captures a tensor that is being differentiated: pass that as an input instead.
#[track_caller]
pub fn remat<X: Inputs + 'static, S: Shape, E: Real>(
    f: impl Fn(X) -> Tensor<S, E> + Send + Sync + 'static,
    x: X,
) -> Tensor<S, E> {
    let forward: Arc<grad::Function> = Arc::new(move |list| f(from_list(list)).into_dyn());
    let inputs = x.into_list();
    let value = forward(inputs.iter().cloned().map(DynTensor::stop_gradient).collect());
    Tensor::trusted(grad::recomputed("remat", value, forward, inputs))
}

#[track_caller]
fn same_size(function: &str, what: &str, found: &[usize], expected: &[usize]) {
    assert!(
        found == expected,
        "`{function}`: a {what} has the shape of what it belongs to: expected {expected:?}, found {found:?}"
    );
}
