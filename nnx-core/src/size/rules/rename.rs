//! The rule for renaming an axis.

use super::HasAxis;
use crate::size::bit::Bit;
use crate::size::dim::Dim;
use crate::size::nat::{Nat, One};
use crate::size::number::N;
use crate::size::shape::Shape;

/// A shape whose axis of index `I` can become the axis `New`.
pub trait RenameAxis<const I: usize, New>: Shape {
    /// The shape with `New` in place of the axis.
    type Output: Shape;
}
impl<const I: usize, S: HasAxis<I, Axis: CanBecome<New>>, New: Dim> RenameAxis<I, New> for S {
    type Output = S::Replaced<New>;
}

/// An axis that can become the axis `New`: both have the same size, or `New` is a runtime axis.
#[diagnostic::on_unimplemented(
    message = "the axis `{Self}` can't be renamed `{New}`",
    label = "both must have the same size, or `{New}` be a runtime axis",
    note = "a runtime axis becomes a size where the program checks it: `x.try_into_shape::<shape![..]>()?`"
)]
pub trait CanBecome<New> {}
#[diagnostic::do_not_recommend]
impl<A: Dim, New: Dim> CanBecome<New> for A where
    Alone<New>: Names<Alone<A>, A::CountInto<One>, New::CountInto<One>>
{
}

/// The axis as a type-level list of runtime axes, empty for a size.
type Alone<A> = <<A as N>::IsKnown as Bit>::Listed<A, ()>;

/// The condition of `CanBecome`, on the type-level lists of runtime axes: Self of the new axis, `Old` of the
/// old one. `A` and `B` are their known sizes. A size can become an equal size, and any axis can become a
/// runtime axis.
trait Names<Old, A: Nat, B: Nat> {}
impl<A: Nat> Names<(), A, A> for () {}
impl<New, Old, A: Nat, B: Nat> Names<Old, A, B> for (New, ()) {}
