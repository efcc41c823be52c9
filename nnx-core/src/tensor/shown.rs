//! What [`shape_of!`](crate::shape_of) asks for in order to be refused.

use super::Tensor;

/// A tensor, or a reference to one: what has a shape to show.
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

/// Implemented by nothing, so that the compiler names the shape that misses it.
#[diagnostic::on_unimplemented(
    message = "this expression has shape `{Self}` of `{E}`",
    label = "shape `{Self}` of `{E}`",
    note = "`shape_of!` never compiles: take it out when you have seen the shape"
)]
pub trait Shown<E> {}

/// What [`shape_of!`](crate::shape_of) calls: gives its argument back, so that the chain around it is
/// checked as if it weren't there.
pub fn shape_of<T, S, E>(tensor: T) -> T
where
    T: HasShape<Shape = S, Element = E>,
    S: Shown<E>,
{
    tensor
}
