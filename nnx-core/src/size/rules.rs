//! Shape rules: one trait per rule, with the condition on the input shapes and the output shape.
//!
//! The shape of an operand is a generic parameter with one of these traits as its bound, never a literal tuple
//! in a signature. So for a wrong shape rustc reports an unsatisfied bound, with a message that names both
//! shapes, and not a mismatch between two long types.

use super::arithmetic::Sum;
use super::dim::{Dim, Size};
use super::nat::Nat;
use super::shape::Shape;

/// The axis of index `I`, counted from 0, as a type: `Axis<1>`.
#[derive(Debug)]
pub struct Axis<const I: usize>;

/// Implemented by `C` alone: the channels of an image `S` in a layer that takes `C` channels.
#[diagnostic::on_unimplemented(
    message = "the convolution takes `{C}` channels, but its input has shape `{S}`",
    label = "the channels are `{Self}`, not `{C}`",
    note = "write `{Self}` as its input channels, or give it an input of `{C}` channels; channels are the last axis, as in `(batch, height, width, {C})`"
)]
pub trait ChannelsOf<S, C> {}
#[diagnostic::do_not_recommend]
impl<S, C> ChannelsOf<S, C> for C {}

/// A shape of rank 1 or more, split into its leading axes and its last axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no last axis",
    label = "expected a shape of rank 1 to 8"
)]
pub trait LastAxis: Shape {
    /// The axes before the last.
    type Leading: LabelsOf<Self>;
    /// The last axis.
    type Last: Dim;
    /// The same shape with `O` as the last axis.
    type With<O: Dim>: Shape;
}

/// The shape of labels for logits `S`, or of indices into the last axis of `S`: `S` without that axis.
// The trait is implemented by the labels, not by the logits. rustc then infers the type of the labels before it
// compares them, and reports a wrong shape as an unsatisfied bound.
#[diagnostic::on_unimplemented(
    message = "labels of shape `{Self}` don't fit logits of shape `{S}`",
    label = "expected one label for each row of logits: their shape without the last axis"
)]
pub trait LabelsOf<S>: Shape {}

/// A shape that has an axis of index `I`.
///
/// Rules with a condition on the axis have this trait as a supertrait, and results are written by its types: rustc looks for
/// methods by the type of their result. Where the type of the result rests on a condition that doesn't hold, it says that
/// there is no such method, and not what the condition says.
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
    /// `2^I`, by which [`Permute`] finds an axis that occurs twice.
    type Power: Nat;
}

/// A shape of at most 7 axes into which an axis can be inserted at index `I`.
#[diagnostic::on_unimplemented(
    message = "no axis can be inserted into `{Self}` at index {I}",
    label = "the index is at most the rank, and the rank at most 7"
)]
pub trait InsertAxis<const I: usize>: Shape {
    /// The shape with `D` at index `I`.
    type Inserted<D: Dim>: Shape;
}

/// A shape by which `L` can be multiplied: `(K, N)` where `L` is `(.., K)`, or `(.., K, N)` where `L` is
/// `(.., M, K)` with the same leading axes.
// The trait is implemented by the right operand, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "`{L}` can't be multiplied by `{Self}`",
    label = "expected `(.., M, K)` times `(K, N)`, or times `(.., K, N)` with the same leading axes",
    note = "the last axis on the left is summed over: on the right it is the last but one",
    note = "`.transpose()` swaps the last two axes; `.insert_axis::<1>()` makes a vector a matrix of one column"
)]
pub trait RightFactor<L>: Shape {
    /// `(.., M, N)`.
    type Product: Shape;
}

/// A shape of rank 2 or more, with its last two axes swapped.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be transposed",
    label = "expected a shape of rank 2 to 8"
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

/// A shape that can be concatenated to the end of `L` along the axis of index `I`: all other axes are equal.
// The trait is implemented by the right operand, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "`{L}` and `{Self}` can't be concatenated along axis {I}",
    label = "all axes but axis {I} must be the same; axes are counted from 0",
    note = "`x.resize_nearest_like(&skip)` gives an image the height and width of another, `x.try_like(&skip)?` checks that it has them",
    note = "where sizes are computed from a parameter, write both in one form: `dim!(3 * C)` isn't the type `Product<U3, C>`; `x.reshape_at_build()` turns one into the other"
)]
pub trait Appended<const I: usize, L>: Shape {
    /// The shape with the sum of both sizes as this axis.
    type Output: Shape;
}

/// A shape whose axis of index `I` has at least `Start + Length` elements.
#[diagnostic::on_unimplemented(
    message = "`{Length}` elements from `{Start}` on can't be taken from axis {I} of `{Self}`",
    label = "the axis must be a size that reaches so far; axes are counted from 0",
    note = "where the axis is a parameter `N`, write the bound `N: Fits<Sum<Start, Length>>`"
)]
pub trait Slice<const I: usize, Start, Length>: HasAxis<I> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S: HasAxis<I>, Start: Size, Length: Size> Slice<I, Start, Length> for S
where
    S::Axis: super::Fits<Sum<Start, Length>>,
{
    const CHECKED: () = super::assert_has::<S, I, Sum<Start, Length>>();
}

/// A shape `(V, ..)` from which rows can be gathered by indices of shape `R`, which gives `(R.., ..)`.
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` can't be gathered by indices of shape `{R}`",
    label = "expected a table of rank 1 to 3 and indices of rank 0 to 3"
)]
pub trait Gather<R>: Shape {
    /// The axes of the indices, then those of a row.
    type Output: Shape;
}

/// An image `(batch, .., channels)` to whose height and width an image `S` can be resized.
// The trait is implemented by the argument, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "`{S}` can't be brought to the height and width of `{Self}`",
    label = "expected an image `(batch, .., channels)` of the same batch and as many axes in between"
)]
pub trait SizesOf<S>: Shape {
    /// The batch and spatial axes of this shape, with the channels of `S`.
    type Output: Shape;
}

/// The same shape as `S`, for arguments that don't broadcast.
#[diagnostic::on_unimplemented(
    message = "expected shape `{S}`, but this one has shape `{Self}`",
    label = "expected shape `{S}`"
)]
pub trait SameShape<S>: Shape {}
#[diagnostic::do_not_recommend]
impl<S: Shape> SameShape<S> for S {}

mod axes;
mod folds;
mod linear;
mod moves;
mod order;
mod reduce;
mod rename;
mod reshape;
mod sizes;
#[cfg(feature = "fft")]
mod spectrum;
mod targets;
mod tuples;

pub use axes::*;
pub use folds::FoldedFrom;
pub use linear::*;
pub use moves::*;
pub use order::{
    AlongAxis, LargestOf, LargestOfLast, LastHolds, LongVector, SearchedVector, SortedRows,
    VectorOf,
};
pub use reduce::{AscendingAxes, Before, Keep, Reduce};
pub use rename::{CanBecome, RenameAxis};
pub use reshape::{ElementsOf, Flatten, Is, Reshape, RuntimeAxesOf};
pub use sizes::*;
#[cfg(feature = "fft")]
pub use spectrum::*;
pub use targets::{LabelSequences, MaskOf, Segmentation, TargetsOf};
