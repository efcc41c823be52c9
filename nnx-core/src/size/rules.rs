//! What an operation asks of a shape, and the shape that it gives back: one trait a rule.
//!
//! An operation takes its operand's shape as a parameter behind one of these traits, never as a
//! literal tuple in its signature: a mistake is then an unmet rule, whose message names both sides,
//! and not a mismatch between two long types.

use super::arithmetic::{Product, Sum};
use super::dim::{Const, Dim, Size};
use super::nat::{AtLeast, Nat};
use super::shape::Shape;

/// The axis of index `I`, counted from 0, as a type: `Axis<1>`.
#[derive(Debug)]
pub struct Axis<const I: usize>;

/// A shape whose last axis is `I`, for layers that work on features.
#[diagnostic::on_unimplemented(
    message = "`Linear` takes `{I}` features, but its input has shape `{Self}`",
    label = "the last axis must be `{I}`"
)]
pub trait Features<I>: Shape {
    /// The same shape with `O` as the last axis.
    type With<O: Dim>: Shape;
}

/// A shape `(batch, height, width, C)`.
#[diagnostic::on_unimplemented(
    message = "`Conv` takes images of `{C}` channels, but its input has shape `{Self}`",
    label = "expected `(batch, height, width, {C})`"
)]
pub trait Image<C>: Shape {
    /// The batch.
    type Batch: Dim;
    /// The height.
    type Height: Size;
    /// The width.
    type Width: Size;
}
impl<B: Dim, H: Size, W: Size, C: Size> Image<C> for (B, H, W, C) {
    type Batch = B;
    type Height = H;
    type Width = W;
}

/// A shape of rank 1 or more, taken apart at its last axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no last axis",
    label = "expected a shape of rank 1 to 6"
)]
pub trait LastAxis: Shape {
    /// The axes before the last.
    type Leading: Shape;
    /// The last axis.
    type Last: Dim;
}

/// A shape that has an axis of index `I`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no axis of index {I}",
    label = "axes are counted from 0"
)]
pub trait HasAxis<const I: usize>: Shape {
    /// The axis.
    type Axis: Dim;
    /// The shape without the axis.
    type Removed: Shape;
    /// The shape with `D` in place of the axis.
    type Replaced<D: Dim>: Shape;
}

/// A shape into which an axis can be inserted at index `I`, of at most 5 axes.
#[diagnostic::on_unimplemented(
    message = "no axis can be inserted into `{Self}` at index {I}",
    label = "the index is at most the rank, and the rank at most 5"
)]
pub trait InsertAxis<const I: usize>: Shape {
    /// The shape with `D` at index `I`.
    type Inserted<D: Dim>: Shape;
}

/// A shape from which the axes `A`, in ascending order, can be removed: `Axis<1>`, `(Axis<1>, Axis<2>)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be reduced over `{A}`",
    label = "expected axes of this shape in ascending order, such as `(Axis<1>, Axis<2>)`"
)]
pub trait Reduce<A>: Shape {
    /// The shape without the axes.
    type Output: Shape;
    /// Their indices.
    const INDICES: &'static [usize];
}
impl<S: HasAxis<I>, const I: usize> Reduce<Axis<I>> for S {
    type Output = S::Removed;
    const INDICES: &'static [usize] = &[I];
}
impl<S: Reduce<Axis<J>>, const I: usize, const J: usize> Reduce<(Axis<I>, Axis<J>)> for S
where
    (Axis<I>, Axis<J>): Ascending,
    S::Output: HasAxis<I>,
{
    type Output = <S::Output as HasAxis<I>>::Removed;
    const INDICES: &'static [usize] = &[I, J];
}
impl<S: Reduce<(Axis<J>, Axis<K>)>, const I: usize, const J: usize, const K: usize>
    Reduce<(Axis<I>, Axis<J>, Axis<K>)> for S
where
    (Axis<I>, Axis<J>): Ascending,
    S::Output: HasAxis<I>,
{
    type Output = <S::Output as HasAxis<I>>::Removed;
    const INDICES: &'static [usize] = &[I, J, K];
}

/// Guard: a pair of axes in ascending order.
pub trait Ascending {}
impl<const I: usize, const J: usize> Ascending for (Axis<I>, Axis<J>)
where
    Const<I>: Size,
    Const<J>: Size,
    AtLeast<<Const<J> as Size>::Nat, <<Const<I> as Size>::Nat as Nat>::Succ>: InOrder<I, J>,
{
}
/// The text of [`Ascending`].
#[diagnostic::on_unimplemented(
    message = "axes {I} and {J} aren't in ascending order",
    label = "write the axes in ascending order, each once"
)]
pub trait InOrder<const I: usize, const J: usize> {}
impl<const I: usize, const J: usize> InOrder<I, J> for typenum::B1 {}

/// A matrix product: `(.., M, K)` times `(K, N)`, or with equal leading axes on both sides.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be multiplied by `{R}`",
    label = "expected `(.., M, K)` times `(K, N)` or `(.., K, N)` with the same leading axes"
)]
pub trait MatMul<R>: Shape {
    /// `(.., M, N)`.
    type Output: Shape;
}

/// A shape of rank 2 or more, with its last two axes swapped.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be transposed",
    label = "expected a shape of rank 2 to 6"
)]
pub trait Transpose: Shape {
    /// The shape with its last two axes swapped.
    type Output: Shape;
}

/// A shape whose axes can be put in the order `P`, such as `(Axis<0>, Axis<2>, Axis<1>)`.
#[diagnostic::on_unimplemented(
    message = "the axes of `{Self}` can't be put in the order `{P}`",
    label = "expected each axis of the shape once, such as `(Axis<0>, Axis<2>, Axis<1>)`"
)]
pub trait Permute<P>: Shape {
    /// The shape in the new order.
    type Output: Shape;
    /// For each axis of the result, the index in the input.
    const ORDER: &'static [usize];
}

/// A shape with as many elements as `T` and the same runtime axes in the same order.
pub trait Reshape<T: Shape>: Shape {}
impl<S: Shape, T: Shape> Reshape<T> for S where
    (S::Count, S::Runtime): SameElements<S, T, T::Count, T::Runtime>
{
}
/// The text of [`Reshape`].
#[diagnostic::on_unimplemented(
    message = "`{S}` can't be reshaped to `{T}`: they hold different numbers of elements",
    label = "the products of the sizes differ, or the runtime axes do"
)]
pub trait SameElements<S, T, Count, Runtime> {}
impl<S, T, Count, Runtime> SameElements<S, T, Count, Runtime> for (Count, Runtime) {}

/// `(batch, ..)`, flattened to `(batch, product of the rest)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be flattened",
    label = "expected `(batch, ..)` of rank 2 to 6, with sizes behind the batch"
)]
pub trait Flatten: Shape {
    /// `(batch, product of the rest)`.
    type Output: Shape;
}
impl<A: Dim, B: Size> Flatten for (A, B) {
    type Output = (A, B);
}
impl<A: Dim, B: Size, C: Size> Flatten for (A, B, C) {
    type Output = (A, Product<B, C>);
}
impl<A: Dim, B: Size, C: Size, D: Size> Flatten for (A, B, C, D) {
    type Output = (A, Product<Product<B, C>, D>);
}
impl<A: Dim, B: Size, C: Size, D: Size, E: Size> Flatten for (A, B, C, D, E) {
    type Output = (A, Product<Product<Product<B, C>, D>, E>);
}
impl<A: Dim, B: Size, C: Size, D: Size, E: Size, F: Size> Flatten for (A, B, C, D, E, F) {
    type Output = (A, Product<Product<Product<Product<B, C>, D>, E>, F>);
}

/// Two shapes that can be concatenated along the axis of index `I`: equal in all other axes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` and `{R}` can't be concatenated along axis {I}",
    label = "all axes but that one must be the same, and that one a size"
)]
pub trait Concat<const I: usize, R>: Shape {
    /// The shape with the sum of both sizes.
    type Output: Shape;
}

/// A shape whose axis of index `I` has room for `Length` elements from `Start` on.
#[diagnostic::on_unimplemented(
    message = "elements {Start} to {Start} + {Length} can't be taken from axis {I} of `{Self}`",
    label = "the axis must be a size that reaches so far"
)]
pub trait Slice<const I: usize, Start, Length>: Shape {
    /// The shape with `Length` in place of the axis.
    type Output: Shape;
}
impl<const I: usize, S: HasAxis<I>, Start: Size, Length: Size> Slice<I, Start, Length> for S
where
    S::Axis: super::Fits<Sum<Start, Length>>,
{
    type Output = S::Replaced<Length>;
}

/// Rows of `Self` chosen by indices of shape `R`: `(V, ..)` and `R` give `(R.., ..)`.
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` can't be gathered by indices of shape `{R}`",
    label = "expected a table of rank 1 to 3 and indices of rank 0 to 3"
)]
pub trait Gather<R>: Shape {
    /// The axes of the indices, then those of a row.
    type Output: Shape;
}

mod tuples;
