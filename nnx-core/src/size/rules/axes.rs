//! Rules for splitting one axis into two and for merging two axes into one.

use super::{HasAxis, InsertAxis};
use crate::size::arithmetic::{DivisibleBy, Product, Quotient, Sum};
use crate::size::dim::{Dim, Size};
use crate::size::lengths::Text;
use crate::size::number::N;
use crate::size::shape::Shape;

/// A shape whose axis of index `I` can be split into two axes, `N` and the quotient by `N`.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` can't be taken apart into `{N}` parts",
    label = "the axis must be a size that `{N}` divides; axes are counted from 0, and there may be 7"
)]
pub trait Unflatten<const I: usize, N>: UnflattenShape<I, N> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
impl<const I: usize, S, A: Dim, N: Size> Unflatten<I, N> for S
where
    S: UnflattenShape<I, N> + HasAxis<I, Axis = A>,
    A: DivisibleBy<N>,
{
    const CHECKED: () = <A as DivisibleBy<N>>::CHECKED;
}

/// The result of [`Unflatten`], without its condition on the axis, for the reason given at [`HasAxis`].
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` can't be taken apart into `{N}` parts",
    label = "axes are counted from 0, and there may be 7"
)]
pub trait UnflattenShape<const I: usize, N>: Shape {
    /// The shape with `(N, axis / N)` in place of the axis.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S, N: Size> UnflattenShape<I, N> for S
where
    S: HasAxis<I>,
    S::Replaced<Quotient<S::Axis, N>>: InsertAxis<I>,
{
    type Output = <S::Replaced<Quotient<S::Axis, N>> as InsertAxis<I>>::Inserted<N>;
}

/// A shape whose axes of index `I` and `I + 1` can be flattened into one.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` and the axis after it can't be flattened into one",
    label = "expected two sizes there; axes are counted from 0",
    note = "`x.merge_axes()` joins two axes of which one is known when the program runs"
)]
pub trait FlattenAxes<const I: usize>: Shape {
    /// The shape with the product of both sizes in place of both axes.
    type Output: Shape;
}

/// A shape whose axes of index `I` and `I + 1` have the product `D`.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` and the axis after it can't be flattened into `{D}`",
    label = "the product of both sizes must be `{D}`; axes are counted from 0",
    note = "where the sizes are parameters, use `x.reshape_at_build::<shape![..]>()`, which `cargo build` checks"
)]
pub trait FlattenAxesTo<const I: usize, D>: Shape {
    /// The shape with `D` in place of both axes.
    type Output: Shape;
}

/// Two sizes whose product is `D`: a divisor of `D` and the quotient. Generic code can satisfy it too, where
/// the sizes are parameters and the compiler can't compute the product.
pub trait Factors<D> {}
impl<A: Size, B: Size, D: Size> Factors<D> for (A, B) where D: DivisibleBy<A> + Shares<A, B> {}
/// `Self / A` is `B`.
pub trait Shares<A, B> {}
impl<A: Size, B: Size, D: Size> Shares<A, B> for D where Quotient<D, A>: super::Is<B> {}

// For any shape that has the axes: with an implementation for each tuple of two sizes, a runtime axis would be an E0599, which
// has no message of ours.
#[diagnostic::do_not_recommend]
impl<const I: usize, S, Rest, One: Size, Two: Size> FlattenAxes<I> for S
where
    S: HasAxis<I, Axis = One, Removed = Rest>,
    Rest: HasAxis<I, Axis = Two>,
{
    type Output = Rest::Replaced<Product<One, Two>>;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S, Rest, One: Size, Two: Size, Flat: Size> FlattenAxesTo<I, Flat> for S
where
    S: HasAxis<I, Axis = One, Removed = Rest>,
    Rest: HasAxis<I, Axis = Two>,
    (One, Two): Factors<Flat>,
{
    type Output = Rest::Replaced<Flat>;
}

/// A shape whose axis of index `I` has size `A + B`.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` can't be split into `{A}` and `{B}`",
    label = "the sum of both sizes must be the axis; axes are counted from 0",
    note = "where the sizes are parameters, `x.reshape_at_build::<shape![..]>()` writes the axis as this sum before the split"
)]
pub trait Split<const I: usize, A, B>: Shape {
    /// The shape with `A` in place of the axis.
    type First: Shape;
    /// The shape with `B` in place of the axis.
    type Second: Shape;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S: HasAxis<I, Axis: super::Is<Sum<A, B>>>, A: Size, B: Size> Split<I, A, B>
    for S
{
    type First = S::Replaced<A>;
    type Second = S::Replaced<B>;
}

/// Two axes merged into one, of size `A * B`, at least one of them a runtime axis. `B` varies fastest. Two
/// sizes are flattened into their product instead, see [`FlattenAxes`].
#[derive(Debug, Clone, Copy)]
pub struct MergedAxes<A, B>(std::marker::PhantomData<fn() -> (A, B)>);

#[diagnostic::do_not_recommend]
impl<A: Dim, B: Dim> Dim for MergedAxes<A, B> {
    crate::__runtime! { Dim }
    const NAME: &'static str = Text::as_str(&Self::TEXT);
}
#[diagnostic::do_not_recommend]
impl<A: Dim, B: Dim> N for MergedAxes<A, B> {
    crate::__runtime! { N }
}
impl<A: Dim, B: Dim> MergedAxes<A, B> {
    const TEXT: Text = Text::axis::<A>().then(" * ").then_axis::<B>();
}

/// A shape whose first two axes can be joined.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no two axes to join",
    label = "expected a shape of rank 2 to 8"
)]
pub trait MergeAxes: Shape {
    /// The shape with one axis in place of both.
    type Output: Shape;
}

/// A shape whose first axis is [`MergedAxes`] of the first two axes of `L`.
#[diagnostic::on_unimplemented(
    message = "the first axis of `{Self}` can't be separated into the first two of `{L}`",
    label = "expected `(MergedAxes<A, B>, ..)` here and `(A, B, ..)` there"
)]
pub trait UnmergeAxes<L>: Shape {
    /// The shape with both axes in place of the joined one.
    type Output: Shape;
}

macro_rules! joined {
    ($($($rest:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<One: Dim, Two: Dim, $($rest: Dim),*> MergeAxes for (One, Two, $($rest,)*) {
            type Output = (MergedAxes<One, Two>, $($rest,)*);
        }
        #[diagnostic::do_not_recommend]
        impl<One: Dim, Two: Dim, $($rest: Dim,)* L> UnmergeAxes<L> for (MergedAxes<One, Two>, $($rest,)*)
        where
            L: HasAxis<0, Axis = One> + HasAxis<1, Axis = Two>,
        {
            type Output = (One, Two, $($rest,)*);
        }
    )* };
}
joined! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dim;
    use crate::size::names::{U4, U16, U64};

    fn flat<D: DivisibleBy<Heads>, Heads: Size>() -> usize
    where
        (Heads, Quotient<D, Heads>): Factors<D>,
    {
        <Product<Heads, Quotient<D, Heads>> as Size>::USIZE
    }

    #[test]
    fn a_divisor_and_the_quotient_are_factors() {
        fn generic<D: DivisibleBy<Heads>, Heads: Size>() -> usize {
            flat::<D, Heads>()
        }
        assert_eq!((flat::<U64, U4>(), generic::<U64, U16>()), (64, 64));
        assert_eq!(generic::<dim!(768), dim!(12)>(), 768);
    }
}
