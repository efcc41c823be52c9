//! The rules for positions, on shapes `(.., time, features)`.

use super::LastAxis;
use crate::size::arithmetic::DivisibleBy;
use crate::size::bit::True;
use crate::size::dim::{Dim, Size};
use crate::size::names::U2;
use crate::size::nat::{AtLeast, One};

/// A shape `(.., time, F)`, to which positions can be added.
#[diagnostic::on_unimplemented(
    message = "positions are added to `(.., time, {F})`, but this input has shape `{Self}`",
    label = "expected a shape of rank 2 to 6 whose last axis is `{F}`"
)]
pub trait InTime<F>: LastAxis {
    /// The axis of time, the second to last.
    type Time: Dim;
}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last = F, Leading: LastAxis>, F: Dim> InTime<F> for S {
    type Time = <S::Leading as LastAxis>::Last;
}

/// A number of positions, for which a table has rows, that is large enough for the axis `T`. A runtime axis is
/// checked at run time.
#[diagnostic::on_unimplemented(
    message = "`LearnedPositions` holds `{Self}` positions, but its input has `{T}`",
    label = "more positions than there are in the table"
)]
pub trait HoldsPositions<T>: Size {}
#[diagnostic::do_not_recommend]
impl<L: Size, T: Dim> HoldsPositions<T> for L where
    // For a runtime axis, `CountInto<One>` is 1.
    AtLeast<L::Nat, T::CountInto<One>>: True
{
}

/// An axis of time for which a table of `L` positions is long enough: [`HoldsPositions`], implemented by the
/// axis instead of the table.
///
/// Layers use this trait as their bound. In a call `layer.forward(x)`, rustc looks at the layer first. A bound
/// on the layer alone, such as `L: HoldsPositions<T>`, may then fail already, and rustc reports that there is
/// no method `forward`. rustc checks a bound on the input after it knows the input, and its message names the
/// bound.
pub trait PositionIn<L>: Dim {}
impl<T: Dim, L: HoldsPositions<T>> PositionIn<L> for T {}

/// A last axis of even size, of which `Rotary` rotates pairs of features.
#[diagnostic::on_unimplemented(
    message = "`Rotary` turns pairs of features, but `{Self}` is no even size",
    label = "expected a last axis of an even size",
    note = "where the size is a parameter `D`, write the bound `D: DivisibleBy<U2>`"
)]
pub trait InPairs: Size {}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<U2>> InPairs for A {}
