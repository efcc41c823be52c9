//! The right operand of an elementwise function: a tensor or a number.

use super::arithmetic::check_runtime_axes;
use super::{Operand, Tensor};
use crate::array::{Array, Dims, Element};
use crate::ops::DynTensor;
use crate::size::{BroadcastsTo, Shape};

/// The right operand of a function such as [`maximum`](Tensor::maximum), of a tensor of shape `S` with elements of type
/// `E`: a tensor with such elements that broadcasts to `S`, or a number of type `E`.
///
/// ```
/// use nnx_core::tensor::Tensor;
///
/// let x = Tensor::from([[1.0, 5.0], [-2.0, 4.0]]);
/// assert_eq!(x.clone().maximum(2.0).to_vec(), [2.0, 5.0, 2.0, 4.0]);
/// assert_eq!(x.maximum(Tensor::from([0.0, 9.0])).to_vec(), [1.0, 9.0, 0.0, 9.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an operand for a tensor with elements of type `{E}`",
    label = "expected a tensor, or a number of type `{E}`",
    note = "a literal takes the type of the elements: `x.maximum(0.0)` for `f32` and `f64`, `x.maximum(0)` for integers"
)]
pub trait RightOperand<S, E> {
    /// The operand with the sizes of the tensor on the left.
    #[doc(hidden)]
    fn aligned_to(self, left: &Dims, operation: &str) -> DynTensor;
}

impl<S: Shape, R: Shape + BroadcastsTo<S>, E, F: Operand<E>> RightOperand<S, E> for Tensor<R, F> {
    #[track_caller]
    fn aligned_to(self, left: &Dims, operation: &str) -> DynTensor {
        check_runtime_axes::<R>(left, &self.dims(), operation);
        self.into_dyn().broadcast_to(left)
    }
}

// Elements of every type are operands, so that booleans are refused once: by the bound of the function.
impl<S, E: Element> RightOperand<S, E> for E {
    fn aligned_to(self, left: &Dims, _: &str) -> DynTensor {
        Array::full(self, left).into()
    }
}
