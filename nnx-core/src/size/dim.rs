//! Axes: sizes that the compiler knows, and named axes whose size is known at run time only.

use std::fmt::Debug;

use super::bit::{Bit, Bit0, Bit1};
use super::digits::{Digits, Group};
use super::nat::Nat;
use super::number::N;
use super::short::Divisor;
pub use super::sizes::Size;
use super::sizes::{MillionNat, value};

/// An axis of a shape: a [`Size`], or a named axis declared with [`axis!`](crate::axis).
///
/// Each axis broadcasts to itself. That is a supertrait, so a function that is generic over `B: Dim` may add
/// two tensors of the same shape without a bound. `Copy` and `Debug` are supertraits so that
/// `#[derive(Clone, Debug)]` works on a generic model. The supertrait [`N`] has the arithmetic:
/// [`Quotient<H, U2>`](super::Quotient) and the others exist for every axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an axis",
    label = "expected a size or a named axis",
    note = "a size is written `U32`, `dim!(64 * 7 * 7)`, or as a number inside `Tensor![..]` and `shape![..]`; `Const<..>` holds at most three digits, so that 1600 is `dim!(1600)`",
    note = "an axis whose size is known when the program runs is declared with `axis!(Name)`"
)]
pub trait Dim: N + Copy + Debug + Send + Sync + 'static + StretchesTo<Self> {
    /// The size, if the compiler knows it.
    const SIZE: Option<usize> = Some(value::<Self>());
    /// Why this is no size, for results of arithmetic such as [`TooLarge`](super::TooLarge).
    const NO_SIZE: Option<&'static str> = None;
    /// The name, if the axis was declared with one; empty for a plain size.
    const NAME: &'static str;
    /// A known divisor of the length of a runtime axis, from its type: 2 for an axis that was upsampled by 2.
    const MULTIPLE_OF: usize = 1;
    /// Whether this is the size 1, which broadcasts to any other.
    type IsOne: Bit;
    /// `N * size`, where a runtime axis counts as 1.
    type CountInto<N: Nat>: Nat;
    /// `C` times this size, where a runtime axis counts as 1: what messages about numbers of elements print.
    type Times<C: Size>: Size;
    /// The size as a list of decimal digits, on which arithmetic runs; 1 for a runtime axis.
    type Nat: Nat;
    /// How to divide by this size; a runtime axis is never a divisor.
    type Divisor: Divisor;
    /// Whether `B` divides this size; false for a runtime axis.
    type IsMultiple<B: Size>: Bit;
    /// Whether a guard that has this operand is checked by `cargo build`: true for
    /// [`AtBuild`](super::AtBuild), false for every other axis.
    type Deferred: Bit;
}

/// A size of at most three digits: `U<784>` is 784, written `U784` or `Const<784>`.
///
/// rustc prints a type without its path only if no other public type of the standard library or of a dependency
/// has the same name. `Const` isn't unique (there is `std::mem::type_info::Const`, among others), but `U` is:
/// errors print `U<784>` instead of `nnx::prelude::Const<784>`.
#[derive(Debug, Clone, Copy)]
pub struct U<const A: usize>;
/// A size of at most three digits: `Const<784>` is 784. Errors print it as `U<784>`.
pub type Const<const A: usize> = U<A>;
/// A size of four to six digits: `Thousand<3, 136>` is 3,136. The first group isn't 0, so that each size is one
/// type.
#[derive(Debug, Clone, Copy)]
pub struct Thousand<const A: usize, const B: usize>;
/// A size of seven to nine digits: `Million<1, 179, 648>` is 1,179,648. The first group isn't 0.
#[derive(Debug, Clone, Copy)]
pub struct Million<const A: usize, const B: usize, const C: usize>;

/// An axis that broadcasts to `T`: it is `T` itself, or has size 1.
#[diagnostic::on_unimplemented(
    message = "an axis of size `{Self}` doesn't broadcast to `{T}`",
    label = "`{Self}` against `{T}`",
    note = "an axis broadcasts to itself, and one of size 1 to any other"
)]
pub trait StretchesTo<T> {}
#[diagnostic::do_not_recommend]
impl<A: Dim, T: Dim> StretchesTo<T> for A where A::IsOne: Stretch<A, T> {}

/// The condition of [`StretchesTo`], implemented by the boolean `A::IsOne`: true broadcasts to any axis, false
/// to the same axis only.
pub trait Stretch<A, T> {}
impl<A, T> Stretch<A, T> for Bit1 {}
impl<A> Stretch<A, A> for Bit0 {}

/// The number `1_000_000 A + 1000 B + C`, to which [`dim!`](crate::dim) expands.
#[derive(Debug)]
pub struct Literal<const A: usize, const B: usize, const C: usize>;
/// The size of a [`Literal`], in its shortest form: `U`, `Thousand` or `Million`.
pub trait FromLiteral {
    /// The size.
    type Size: Size;
}
impl<const A: usize, const B: usize, const C: usize> FromLiteral for Literal<A, B, C>
where
    Group<A>: Digits,
    Group<B>: Digits,
    Group<C>: Digits,
{
    type Size = <MillionNat<A, B, C> as Nat>::Size;
}

/// A constant by which `dim!` divides a size, checked by the compiler.
#[doc(hidden)]
#[must_use]
pub const fn divisor(size: usize) -> usize {
    assert!(size != 0, "`dim!` can't divide a size by 0");
    size
}

crate::axis! {
    /// The axis of a batch, whose size is known at run time only.
    pub Batch,
    /// The axis of time, or of positions in a sequence, whose size is known at run time only.
    pub Time,
    /// The axis of the positions for which an attention cache has capacity.
    pub Cached,
}
