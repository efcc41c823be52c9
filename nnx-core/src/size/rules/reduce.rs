//! Rules for removing axes in ascending order.

use super::{Axis, HasAxis};
use crate::size::bit::{Bit0, True};
use crate::size::dim::{Const, Dim, Size};
use crate::size::nat::Nat;
use crate::size::shape::Shape;

/// A shape from which the axes `A`, in ascending order, can be removed: `Axis<1>`, `(Axis<1>,)`,
/// `(Axis<1>, Axis<2>)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be reduced over `{A}`",
    label = "expected axes of this shape in ascending order, such as `(Axis<1>, Axis<2>)`"
)]
pub trait Reduce<A>: Shape {
    /// The shape without the axes.
    type Output: Shape;
    /// The indices of the axes.
    const INDICES: &'static [usize];
}
impl<S: HasAxis<I>, const I: usize> Reduce<Axis<I>> for S {
    type Output = S::Removed;
    const INDICES: &'static [usize] = &[I];
}
impl<S: HasAxis<I>, const I: usize> Reduce<(Axis<I>,)> for S {
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
impl<const I: usize, const J: usize> Ascending for (Axis<I>, Axis<J>) where Axis<I>: Before<I, J> {}
/// The condition of [`Ascending`], with the message for the user.
#[diagnostic::on_unimplemented(
    message = "axes {I} and {J} aren't in ascending order",
    label = "write the axes in ascending order, each once"
)]
pub trait Before<const I: usize, const J: usize> {}
#[diagnostic::do_not_recommend]
impl<const I: usize, const J: usize> Before<I, J> for Axis<I>
where
    Const<I>: Size,
    Const<J>: Size,
    <<Const<I> as Dim>::Nat as Nat>::Below<<Const<J> as Dim>::Nat, Bit0>: True,
{
}
