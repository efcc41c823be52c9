//! Rules of sorted axes.

use super::HasAxis;
use crate::size::HoldsWindow;
use crate::size::dim::{Dim, Size};
use crate::size::shape::Shape;

/// A shape whose axis of index `I` has at least `K` elements, or is a runtime axis: that is checked at run time.
#[diagnostic::on_unimplemented(
    message = "the `{K}` largest elements can't be taken along axis {I} of `{Self}`",
    label = "the axis must have at least `{K}` elements; axes are counted from 0",
    note = "where the axis is a parameter `N`, write the bound `N: HoldsWindow<{K}>`"
)]
pub trait LargestOf<const I: usize, K>: Shape {
    /// The shape with `K` in place of the axis.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S: HasAxis<I, Axis: HoldsWindow<K>>, K: Size> LargestOf<I, K> for S {
    type Output = S::Replaced<K>;
}

/// A shape of one axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of a vector",
    label = "expected a tensor of one axis",
    note = "`x.flatten()` and `x.reshape::<shape![..]>()` make other tensors vectors"
)]
pub trait SearchedVector: Shape {}
#[diagnostic::do_not_recommend]
impl<N: Dim> SearchedVector for (N,) {}
