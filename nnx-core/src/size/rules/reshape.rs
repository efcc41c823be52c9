//! Rules for changing a shape that keeps the number of elements.

use crate::size::arithmetic::Product;
use crate::size::dim::{Dim, Size};
use crate::size::shape::Shape;

/// A shape with the same number of elements as `T`, and the same runtime axes in the same order.
pub trait Reshape<T: Shape>: Shape {}
impl<S: Shape, T: Shape> Reshape<T> for S
where
    T: RuntimeAxesOf<S>,
    S::Elements: ElementsOf<S, T, T::Elements>,
{
}
/// Type equality as a bound: each type implements `Is` of itself only.
pub trait Is<T> {}
impl<T> Is<T> for T {}
/// The condition of [`Reshape`] on runtime axes, with the message for the user.
#[diagnostic::on_unimplemented(
    message = "`{S}` can't be reshaped to `{Self}`: runtime axes must stay, in the same order",
    label = "the named axes differ"
)]
pub trait RuntimeAxesOf<S> {}
#[diagnostic::do_not_recommend]
impl<S: Shape, T: Shape<Runtime: Is<S::Runtime>>> RuntimeAxesOf<S> for T {}
/// The condition of [`Reshape`] on sizes, with the message for the user. Self is the number of elements of `S`,
/// and `N` that of `T`.
#[diagnostic::on_unimplemented(
    message = "`{S}` can't be reshaped to `{T}`: they hold `{Self}` and `{N}` elements",
    label = "the products of the sizes differ",
    note = "where sizes are parameters, `x.reshape_at_build()` leaves the comparison to `cargo build`",
    note = "`x.flatten_axes::<I>()` and `x.unflatten::<I, N>()` change single axes, and need no comparison"
)]
pub trait ElementsOf<S, T, N> {}
#[diagnostic::do_not_recommend]
impl<S: Shape<Count: Is<T::Count>>, T: Shape, M, N> ElementsOf<S, T, N> for M {}

/// A shape `(batch, ..)` that can be flattened to `(batch, product of the rest)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be flattened",
    label = "expected `(batch, ..)` of rank 2 to 8, with sizes after the batch"
)]
pub trait Flatten: Shape {
    /// `(batch, product of the rest)`.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Size> Flatten for (A, B) {
    type Output = (A, B);
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Size, C: Size> Flatten for (A, B, C) {
    type Output = (A, Product<B, C>);
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Size, C: Size, D: Size> Flatten for (A, B, C, D) {
    type Output = (A, Product<Product<B, C>, D>);
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Size, C: Size, D: Size, E: Size> Flatten for (A, B, C, D, E) {
    type Output = (A, Product<Product<Product<B, C>, D>, E>);
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Size, C: Size, D: Size, E: Size, F: Size> Flatten for (A, B, C, D, E, F) {
    type Output = (A, Product<Product<Product<Product<B, C>, D>, E>, F>);
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Size, C: Size, D: Size, E: Size, F: Size, G: Size> Flatten
    for (A, B, C, D, E, F, G)
{
    type Output = (A, Product<Product<Product<Product<Product<B, C>, D>, E>, F>, G>);
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Size, C: Size, D: Size, E: Size, F: Size, G: Size, H: Size> Flatten
    for (A, B, C, D, E, F, G, H)
{
    type Output = (A, Product<Product<Product<Product<Product<Product<B, C>, D>, E>, F>, G>, H>);
}
