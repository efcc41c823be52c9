//! Gradients of functions of tensors.

use super::{Real, Tensor};
use crate::grad::value_and_gradients_of_all;
use crate::ops::DynTensor;
use crate::size::Shape;

/// The inputs with respect to which a function is differentiated: a tensor, or a tuple of up to four.
#[diagnostic::on_unimplemented(
    message = "a function can't be differentiated with respect to `{Self}`",
    label = "expected a floating-point tensor, or a tuple of up to four"
)]
pub trait Inputs: Sized {
    #[doc(hidden)]
    fn into_list(self) -> Vec<DynTensor>;
    #[doc(hidden)]
    fn from_list(list: &mut std::vec::IntoIter<DynTensor>) -> Self;
}

impl<S: Shape, E: Real> Inputs for Tensor<S, E> {
    fn into_list(self) -> Vec<DynTensor> {
        vec![self.into_dyn()]
    }
    fn from_list(list: &mut std::vec::IntoIter<DynTensor>) -> Self {
        Self::trusted(list.next().expect("as many tensors as were given"))
    }
}

/// No inputs: a function of integers only has no gradients.
impl Inputs for () {
    fn into_list(self) -> Vec<DynTensor> {
        Vec::new()
    }
    fn from_list(_: &mut std::vec::IntoIter<DynTensor>) -> Self {}
}

macro_rules! tuple {
    ($($input:ident $index:tt)*) => {
        impl<$($input: Inputs),*> Inputs for ($($input,)*) {
            fn into_list(self) -> Vec<DynTensor> {
                [$(self.$index.into_list()),*].concat()
            }
            fn from_list(list: &mut std::vec::IntoIter<DynTensor>) -> Self {
                ($($input::from_list(list),)*)
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0 B 1);
tuple!(A 0 B 1 C 2);
tuple!(A 0 B 1 C 2 D 3);

/// The gradient of a scalar function at `x`, a tensor or a tuple of tensors (`jax.grad`).
///
/// `f` may call `gradient` itself: higher-order gradients are correct. Inside a pass over a module it returns
/// the gradient with respect to an input, through which the module's own gradients flow.
///
/// ```
/// use nnx_core::tensor::{Tensor, gradient};
///
/// // f(x) = Σ x³ has the gradient 3 x², and that has the diagonal 6 x.
/// let cube = |x: Tensor<_, f64>| x.powf(3.0).sum();
/// let x = Tensor::from([1.0f64, 2.0]);
/// assert_eq!(gradient(cube, x.clone()).to_vec(), [3.0, 12.0]);
/// assert_eq!(gradient(|x| gradient(cube, x).sum(), x).to_vec(), [6.0, 12.0]);
///
/// let line = |(w, b): (Tensor<()>, Tensor<()>)| w * 3.0 + b;
/// let (dw, db) = gradient(line, (Tensor::from(0.5), Tensor::from(1.0)));
/// assert_eq!((dw.item(), db.item()), (3.0, 1.0));
/// ```
pub fn gradient<X: Inputs, E: Real>(f: impl FnOnce(X) -> Tensor<(), E>, x: X) -> X {
    value_and_gradient(f, x).1
}

/// The value of a scalar function at `x`, and its gradient there (`jax.value_and_grad`).
///
/// ```
/// use nnx_core::tensor::{Tensor, value_and_gradient};
///
/// let (value, slope) = value_and_gradient(|x: Tensor<_>| x.square().sum(), Tensor::from([1.0, 3.0]));
/// assert_eq!((value.item(), slope.to_vec()), (10.0, vec![2.0, 6.0]));
/// ```
pub fn value_and_gradient<X: Inputs, E: Real>(
    f: impl FnOnce(X) -> Tensor<(), E>,
    x: X,
) -> (Tensor<(), E>, X) {
    let on_list = |list: Vec<DynTensor>| f(X::from_list(&mut list.into_iter())).into_dyn();
    let (value, gradients) = value_and_gradients_of_all(on_list, x.into_list());
    (Tensor::trusted(value), X::from_list(&mut gradients.into_iter()))
}
