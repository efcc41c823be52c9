//! Shapes shown and asserted: the traits that make [`shape_of!`](crate::shape_of) fail with the shape in its
//! message.

use super::Tensor;
use crate::size::Shape;
use crate::size::rules::SameShape;

/// A tensor, or a reference to one, whose shape can be shown.
#[diagnostic::on_unimplemented(
    message = "`shape_of!` shows the shape of a tensor, but this expression is `{Self}`",
    label = "expected a tensor, or a reference to one"
)]
pub trait HasShape {
    /// The tuple of its axes.
    type Shape;
    /// The type of its elements.
    type Element;
}

#[diagnostic::do_not_recommend]
impl<S, E> HasShape for Tensor<S, E> {
    type Shape = S;
    type Element = E;
}

#[diagnostic::do_not_recommend]
impl<S, E> HasShape for &Tensor<S, E> {
    type Shape = S;
    type Element = E;
}

/// Implemented by no type, so that the compiler's error names the shape for which it isn't implemented.
#[diagnostic::on_unimplemented(
    message = "this expression has shape `{Self}` of `{E}`",
    label = "shape `{Self}` of `{E}`",
    note = "`shape_of!` never compiles: take it out when you have seen the shape"
)]
pub trait Shown<E> {}

/// The function that [`shape_of!`](crate::shape_of) calls. It returns its argument, so that the code around it
/// is type-checked as if the call weren't there.
///
/// ```compile_fail,E0277
/// use nnx_core::tensor::{Tensor, shape_of};
///
/// let x = shape_of(Tensor::from([-1.0, 2.0])); // the error says: shape `(U<2>,)`
/// ```
pub fn shape_of<T, S, E>(tensor: T) -> T
where
    T: HasShape<Shape = S, Element = E>,
    S: Shown<E>,
{
    tensor
}

impl<S, E> Tensor<S, E> {
    /// The same tensor, with an explicit shape that the compiler compares with the inferred one. If they
    /// differ, the error prints both in full.
    ///
    /// Use it in the middle of a long forward pass, and at its end. Without it, a wrong output is reported as a
    /// mismatch of two types, of which rustc prints one group of three digits only.
    ///
    /// ```
    /// use nnx_core::{Tensor, shape, size::{Batch, U2}, tensor::Tensor};
    ///
    /// fn halved(x: Tensor![Batch, 28, 28, 32]) -> Tensor![Batch, 14, 14, 32] {
    ///     x.relu().max_pool::<(U2, U2)>().assert_shape::<shape![Batch, 14, 14, 32]>()
    /// }
    /// # let _ = halved;
    /// ```
    #[must_use]
    pub fn assert_shape<T: Shape>(self) -> Tensor<T, E>
    where
        S: SameShape<T>,
    {
        Tensor::trusted(self.into_dyn())
    }
}
