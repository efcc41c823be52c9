//! Axes: sizes known to the compiler, and named axes whose size is known when the program runs.

use std::fmt::Debug;

use typenum::{B0, B1};

use super::digits::{Digits, Group};
use super::nat::{Bit, Nat, Shifted};

/// An axis of a shape: a [`Size`], or a named axis declared with [`axis!`](crate::axis).
///
/// Each axis broadcasts to itself, which is why that stands here as a supertrait: a function that is
/// generic over `B: Dim` may add two tensors of the same shape without a bound of its own. Being `Copy`
/// and `Debug`, an axis doesn't stand in the way of `#[derive(Clone, Debug)]` on a generic model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an axis",
    label = "expected a size or a named axis",
    note = "a size is written `U32`, `dim!(64 * 7 * 7)`, or as a number inside `Tensor![..]` and `shape![..]`",
    note = "an axis whose size is known when the program runs is declared with `axis!(Name)`"
)]
pub trait Dim: Copy + Debug + Send + Sync + 'static + StretchesTo<Self> {
    /// The size, if the compiler knows it.
    const SIZE: Option<usize>;
    /// The name of a runtime axis; empty for a size.
    const NAME: &'static str;
    /// Is this the size 1, which broadcasts to any other?
    type IsOne: Bit;
    /// `N` times this size; a runtime axis leaves `N` as it is.
    type CountInto<N: Nat>: Nat;
    /// The list `L` with this axis in front, if it is a runtime axis.
    type RuntimeInto<L: 'static>: 'static;
}

/// An axis whose size the compiler knows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a size known at compile time",
    label = "expected a size such as `U32` or `dim!(64 * 7 * 7)`"
)]
pub trait Size: Dim {
    /// The size in binary, in which arithmetic runs.
    type Nat: Nat;
    /// The size as a value.
    const USIZE: usize = <Self::Nat as Nat>::USIZE;
}

/// A size of at most three digits: `Const<784>` is 784.
#[derive(Debug, Clone, Copy)]
pub struct Const<const A: usize>;
/// A size of four to six digits: `Thousand<3, 136>` is 3,136.
#[derive(Debug, Clone, Copy)]
pub struct Thousand<const A: usize, const B: usize>;
/// A size of seven to nine digits: `Million<1, 179, 648>` is 1,179,648.
#[derive(Debug, Clone, Copy)]
pub struct Million<const A: usize, const B: usize, const C: usize>;

macro_rules! size {
    ([$($group:ident)*], $size:ty, $nat:ty, $one:ty, [$($guard:tt)*]) => {
        impl<$(const $group: usize),*> Dim for $size where $($guard)* {
            const SIZE: Option<usize> = Some(<Self as Size>::USIZE);
            const NAME: &'static str = "";
            type IsOne = $one;
            type CountInto<N: Nat> = N::Times<<Self as Size>::Nat>;
            type RuntimeInto<L: 'static> = L;
        }
        impl<$(const $group: usize),*> Size for $size where $($guard)* {
            type Nat = $nat;
        }
    };
}
type GroupNat<const A: usize> = <Group<A> as Digits>::Nat;
type ThousandNat<const A: usize, const B: usize> = Shifted<GroupNat<A>, GroupNat<B>>;
type MillionNat<const A: usize, const B: usize, const C: usize> =
    Shifted<ThousandNat<A, B>, GroupNat<C>>;
size!([A], Const<A>, GroupNat<A>, <Group<A> as Digits>::IsOne, [Group<A>: Digits<Alone = Self>]);
size!([A B], Thousand<A, B>, ThousandNat<A, B>, B0, [Group<A>: Digits, Group<B>: Digits]);
size!([A B C], Million<A, B, C>, MillionNat<A, B, C>, B0,
    [Group<A>: Digits, Group<B>: Digits, Group<C>: Digits]);

/// An axis that broadcasts to `T`: it is `T`, or has size 1.
pub trait StretchesTo<T> {}
impl<A: Dim, T: Dim> StretchesTo<T> for A where A::IsOne: Stretch<A, T> {}

/// The reason why [`StretchesTo`] holds, told by whether `A` is 1.
#[diagnostic::on_unimplemented(
    message = "an axis of size `{A}` doesn't broadcast to `{T}`",
    label = "`{A}` against `{T}`",
    note = "axes are aligned at the last one; each must be the same on both sides, or `Const<1>` on the side that is broadcast"
)]
pub trait Stretch<A, T> {}
impl<A, T> Stretch<A, T> for B1 {}
impl<A> Stretch<A, A> for B0 {}

/// The number `1_000_000 A + 1000 B + C`: what [`dim!`](crate::dim) expands to.
#[derive(Debug)]
pub struct Literal<const A: usize, const B: usize, const C: usize>;
/// The size that a [`Literal`] stands for, in the form that prints shortest.
pub trait Literally {
    /// The size.
    type Size: Size;
}
impl<const A: usize, const B: usize, const C: usize> Literally for Literal<A, B, C>
where
    Group<A>: Digits,
    Group<B>: Digits,
    Group<C>: Digits,
{
    type Size = <MillionNat<A, B, C> as Nat>::Size;
}

crate::axis! {
    /// The axis of a batch, whose size is known when the program runs.
    pub Batch,
    /// The axis of time, or of positions in a sequence, whose size is known when the program runs.
    pub Time,
}
