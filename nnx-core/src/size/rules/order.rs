//! Rules of sorted axes.

use super::{Axis, HasAxis, LastAxis};
use crate::size::digits::{Digits, Group};
use crate::size::dim::{Const, Dim, Size};
use crate::size::names::U1;
use crate::size::shape::{Shape, StaticShape};
use crate::size::{HoldsWindow, RuntimeAxis, assert_has, assert_last_has};

/// A shape whose axis of index `I` has at least `K` elements, or is a runtime axis: that is checked at run time.
#[diagnostic::on_unimplemented(
    message = "the `{K}` largest elements can't be taken along axis {I} of `{Self}`",
    label = "the axis must have at least `{K}` elements; axes are counted from 0",
    note = "where the axis is a parameter `N`, write the bound `N: HoldsWindow<{K}>`"
)]
pub trait LargestOf<const I: usize, K>: Shape {
    /// The shape with `K` in place of the axis.
    type Output: Shape;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S: HasAxis<I, Axis: HoldsWindow<K>>, K: Size> LargestOf<I, K> for S {
    type Output = S::Replaced<K>;
    const CHECKED: () = assert_has::<S, I, K>();
}

/// A shape whose last axis has at least `K` elements, or is a runtime axis: that is checked at run time.
#[diagnostic::on_unimplemented(
    message = "the `{K}` largest elements can't be taken along the last axis of `{Self}`",
    label = "the axis must have at least `{K}` elements",
    note = "`x.top_k_axis::<I, U5>()` takes those along another axis",
    note = "where the axis is a parameter `N`, write the bound `N: HoldsWindow<{K}>`"
)]
pub trait LargestOfLast<K>: Shape {
    /// The shape with `K` in place of the last axis.
    type Output: Shape;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
// `Alone` is `Const<K>`, written as an associated type. While rustc looks for the method, it doesn't know `K` yet. It
// would reject a bound by `Const<K>` at once, and report that there is no such method.
impl<S, const K: usize> LargestOfLast<Const<K>> for S
where
    Const<K>: Size,
    Group<K>: Digits,
    S: LastHolds<<Group<K> as Digits>::Alone>,
{
    type Output = <S::Same as LastAxis>::With<Const<K>>;
    const CHECKED: () = assert_last_has::<S::Same, Const<K>>();
}

/// The rule of [`LargestOfLast`], by `K` as a size.
#[diagnostic::on_unimplemented(
    message = "the `{K}` largest elements can't be taken along the last axis of `{Self}`",
    label = "the axis must have at least `{K}` elements",
    note = "`x.top_k_axis::<I, U5>()` takes those along another axis",
    note = "where the axis is a parameter `N`, write the bound `N: HoldsWindow<{K}>`"
)]
pub trait LastHolds<K>: Shape {
    /// The shape itself.
    type Same: LastAxis;
}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last: HoldsWindow<K>>, K: Size> LastHolds<K> for S {
    type Same = S;
}
/// A scalar has no last axis. Without these two implementations, of which rustc can't decide for one before it reads `K`,
/// it would say that a scalar has no method `top_k`.
macro_rules! holds_none {
    ($($none:ty),*) => { $(
        #[diagnostic::do_not_recommend]
        impl LastHolds<$none> for () {
            type Same = (U1,);
        }
    )* };
}
holds_none!(Axis<0>, Axis<1>);

/// A shape of one axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of a vector",
    label = "expected a tensor of one axis",
    note = "`x.flatten()` and `x.reshape::<shape![..]>()` make other tensors vectors",
    note = "`x.searchsorted_rows(values, side)` searches each row of values in a sorted row of its own"
)]
pub trait SearchedVector: Shape {}
#[diagnostic::do_not_recommend]
impl<N: Dim> SearchedVector for (N,) {}

/// The shape (.., N) of sorted rows, in each of which a row of values (.., M) is searched.
#[diagnostic::on_unimplemented(
    message = "sorted rows `{Self}` and values `{R}` differ in their leading axes",
    label = "expected sorted rows `(.., N)` and values `(.., M)` with the same leading axes",
    note = "where all values are searched in one vector, write `sorted.searchsorted(values, side)`"
)]
pub trait SortedRows<R>: Shape {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis, R: LastAxis<Leading = S::Leading>> SortedRows<R> for S {}

/// The shape of a vector of a size.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of a vector whose length the compiler knows",
    label = "expected one axis, which is a size: `Tensor![10]`",
    note = "the length of a runtime axis is an argument: `Tensor::arange_of(n, 0, 1)`, `Tensor::linspace_of(n, 0, 1)`, `Tensor::permutation_of(n, key)`",
    note = "for a tensor of more axes, `reshape` a vector"
)]
pub trait VectorOf: StaticShape {
    /// The length.
    const LENGTH: usize;
}
#[diagnostic::do_not_recommend]
impl<N: Size> VectorOf for (N,) {
    const LENGTH: usize = N::USIZE;
}

/// The shape of a vector along a runtime axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of a vector along a runtime axis",
    label = "expected one axis, which is known at run time only: `Tensor![Time]`",
    note = "of a size, the length is in the type: `Tensor::arange(0, 1)`, `Tensor::linspace(0, 1)`, `Tensor::permutation(key)`"
)]
pub trait LongVector: Shape {}
#[diagnostic::do_not_recommend]
impl<N: RuntimeAxis> LongVector for (N,) {}

/// The shape of indices for elements along the axis of index `I` of `S`: that of `S`, but for this axis.
// The trait is implemented by the indices, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "indices of shape `{Self}` don't fit `{S}` along axis {I}",
    label = "expected the same shape, but for axis {I}; axes are counted from 0",
    note = "`x.take::<{I}, _, _>(indices)` takes the same elements for all positions of the other axes"
)]
pub trait AlongAxis<const I: usize, S>: Shape {}
#[diagnostic::do_not_recommend]
impl<const I: usize, S, R> AlongAxis<I, S> for R
where
    S: HasAxis<I>,
    R: HasAxis<I, Removed = <S as HasAxis<I>>::Removed>,
{
}
