//! Sizes: what arithmetic asks of them, and how the known ones compute.

use super::bit::{Bit, Bit0, Operation};
use super::digits::{Digits, Group};
use super::dim::{Dim, Million, Thousand, TooLarge, U};
use super::lengths::Known;
use super::names::U1;
use super::nat::{Billion, Nat, One, Plus, Saturating, Z};
use super::short::{Divisor, Long, RoundedUp};

/// An axis whose size the compiler knows.
///
/// Arithmetic is written by the aliases, [`Sum<A, B>`](super::Sum) and the others. Their associated types
/// here are what the compiler prints where an operand is a parameter:
///
/// | printed | is |
/// |---|---|
/// | `<H as Size>::Plus<U<2>>`, `<W as Size>::Sum<H>` | `H + 2`, `H + W` |
/// | `<H as Size>::Times<U<2>>`, `<W as Size>::Product<H>` | `H * 2`, `H * W` |
/// | `<H as Size>::Minus<U<2>>`, `<W as Size>::TakenFrom<H>` | `H - 2`, `H - W` |
/// | `<H as Size>::Quotient<U<2>>`, `<W as Size>::Dividing<H>` | `H / 2`, `H / W` |
/// | `<H as Size>::QuotientUp<U<2>>`, `<W as Size>::DividingUp<H>` | the same, rounded up |
/// | `<H as Size>::Dilated<U<2>>`, `<W as Size>::Dilating<H>` | `(H - 1) 2 + 1`, `(H - 1) W + 1` |
/// | `<H as Size>::Windows<U<3>, U<2>>` | positions of a window of 3 by steps of 2 over `H` |
///
/// The right operand is asked first: if it is known, and neutral, as 1 is for a product, the left operand
/// itself is the result, whether it is known or not. Else the left operand is asked, and computes if it
/// is known too. So a term that holds a parameter grows by one step an operation, and stays folded.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a size",
    label = "expected a size such as `U32` or `dim!(64 * 7 * 7)`",
    note = "`Const<..>` holds at most three digits: 1600 is written `dim!(1600)`, or in groups of three digits, `Thousand<1, 600>`",
    note = "a named axis, whose size is known when the program runs, can't stand here",
    note = "a parameter `const N: usize` needs the bound `where Const<N>: Size`"
)]
pub trait Size: Dim<Lengths = Known<Self>> {
    /// The size in decimal digits, in which arithmetic runs.
    type Nat: Nat;
    /// The size as a divisor.
    type Divisor: Divisor;
    /// The size as a value.
    const USIZE: usize = <Self::Nat as Nat>::USIZE;

    /// `A + self`.
    type Sum<A: Size>: Size;
    /// `A * self`.
    type Product<A: Size>: Size;
    /// `A - self`, at least 0.
    type TakenFrom<A: Size>: Size;
    /// `A / self`, rounded down.
    type Dividing<A: Size>: Size;
    /// `A / self`, rounded up.
    type DividingUp<A: Size>: Size;
    /// `(A - 1) self + 1`.
    type Dilating<A: Size>: Size;
    /// Positions of a window `W` over `A` by steps of self.
    type Striding<W: Size, A: Size>: Size;
    /// Positions of a window of self over `A` by steps of `S`, which is known and larger than 1.
    type Sliding<S: Size, A: Size>: Size;

    /// `self + B`.
    type Plus<B: Size>: Size;
    /// `self * B`.
    type Times<B: Size>: Size;
    /// `self - B`, at least 0.
    type Minus<B: Size>: Size;
    /// `self / B`, rounded down.
    type Quotient<B: Size>: Size;
    /// `self / B`, rounded up.
    type QuotientUp<B: Size>: Size;
    /// `(self - 1) B + 1`.
    type Dilated<B: Size>: Size;
    /// Positions of a window `W` over self by steps of `S`.
    type Windows<W: Size, S: Size>: Size;
    /// Does `B` divide self?
    type IsMultiple<B: Size>: Bit;
}

type NatOf<A> = <A as Size>::Nat;
type SizeOf<N> = <N as Nat>::Size;
type IsZero<A> = <NatOf<A> as Nat>::IsZero;
type IsOne<A> = <A as Dim>::IsOne;
type Below<A, B> = <NatOf<A> as Nat>::Below<NatOf<B>, Bit0>;
type Differs<A, B> = <Below<A, B> as Bit>::Or<Below<B, A>>;

/// Operations as types, for a bit to choose from.
macro_rules! operations {
    ($($operation:ident $(<$parameter:ident>)?: |$a:ident, $b:ident| $of:ty;)+) => { $(
        /// See its `Of`.
        #[derive(Debug)]
        pub struct $operation $(<$parameter>(std::marker::PhantomData<$parameter>))?;
        impl $(<$parameter: Size>)? Operation for $operation $(<$parameter>)? {
            type Of<$a: Size, $b: Size> = $of;
        }
    )+ };
}
mod operation {
    use super::*;

    operations! {
        Add: |A, B| A::Plus<B>;
        Multiply: |A, B| A::Times<B>;
        Subtract: |A, B| A::Minus<B>;
        Divide: |A, B| A::Quotient<B>;
        DivideUp: |A, B| A::QuotientUp<B>;
        Dilate: |A, B| A::Dilated<B>;
        // A window `W` that takes steps of 1, and one that takes steps of `S`.
        SlideBy1: |A, W| <<U1 as Size>::TakenFrom<W> as Size>::TakenFrom<A>;
        SlideBy<S>: |A, W| W::Sliding<S, A>;
        // Steps of `S` by a window `W`, of any size and of more than 1.
        StepUnder<W>: |A, S| <IsOne<W> as Bit>::Choose<DivideUp, StepUnderWide<W>, A, S>;
        StepUnderWide<W>: |A, S| A::Windows<W, S>;
    }
}
use operation::*;

macro_rules! size {
    ([$($group:ident)*], $size:ty, $nat:ty, $one:ty, $divisor:ty,
        [$up:ty, $quotient:ident, $divides:ident], [$($guard:tt)*]) => {
        #[diagnostic::do_not_recommend]
        impl<$(const $group: usize),*> Dim for $size where $($guard)* {
            const SIZE: Option<usize> = Some(<Self as Size>::USIZE);
            const NAME: &'static str = "";
            type IsOne = $one;
            type CountInto<N: Nat> = N::Times<$nat>;
            type RuntimeInto<L: 'static> = L;
            type Lengths = Known<Self>;
        }
        #[diagnostic::do_not_recommend]
        impl<$(const $group: usize),*> Size for $size where $($guard)* {
            type Nat = $nat;
            type Divisor = $divisor;

            // Each a choice by this size alone, in which `A` stands once.
            type Sum<A: Size> = <IsZero<Self> as Bit>::Unless<Add, A, Self>;
            type Product<A: Size> = <IsOne<Self> as Bit>::Unless<Multiply, A, Self>;
            type TakenFrom<A: Size> = <IsZero<Self> as Bit>::Unless<Subtract, A, Self>;
            type Dividing<A: Size> = <IsOne<Self> as Bit>::Unless<Divide, A, Self>;
            type DividingUp<A: Size> = <IsOne<Self> as Bit>::Unless<DivideUp, A, Self>;
            type Dilating<A: Size> = <IsOne<Self> as Bit>::Unless<Dilate, A, Self>;
            type Striding<W: Size, A: Size> =
                <IsOne<Self> as Bit>::Choose<SlideBy1, SlideBy<Self>, A, W>;
            type Sliding<S: Size, A: Size> =
                <Differs<Self, S> as Bit>::Choose<StepUnder<Self>, Divide, A, S>;

            // Both operands are known here.
            type Plus<B: Size> = SizeOf<Plus<$nat, B::Nat>>;
            type Times<B: Size> = SizeOf<<$nat as Nat>::Times<B::Nat>>;
            type Minus<B: Size> = SizeOf<Saturating<$nat, B::Nat>>;
            type Quotient<B: Size> = <B::Divisor as Divisor>::$quotient<$(Group<$group>),*>;
            type QuotientUp<B: Size> = $up;
            type Dilated<B: Size> = SizeOf<<IsZero<Self> as Bit>::If<
                Z,
                Plus<<Saturating<$nat, One> as Nat>::Times<B::Nat>, One>,
            >>;
            type Windows<W: Size, S: Size> =
                <SizeOf<Saturating<$nat, Saturating<W::Nat, One>>> as Size>::QuotientUp<S>;
            type IsMultiple<B: Size> = <B::Divisor as Divisor>::$divides<$(Group<$group>),*>;
        }
    };
}
type GroupNat<const A: usize> = <Group<A> as Digits>::Behind<Z>;
type ThousandNat<const A: usize, const B: usize> = <Group<B> as Digits>::Behind<GroupNat<A>>;
/// `1_000_000 A + 1000 B + C`.
pub(super) type MillionNat<const A: usize, const B: usize, const C: usize> =
    <Group<C> as Digits>::Behind<ThousandNat<A, B>>;
type Up<A, B> = <<B as Size>::Divisor as Divisor>::QuotientUp<A, B>;
size!([I], U<I>, GroupNat<I>, <Group<I> as Digits>::IsOne, <Group<I> as Digits>::Divisor,
    [Up<Self, B>, Quotient1, Divides1], [Group<I>: Digits<Alone = Self>]);
size!([I J], Thousand<I, J>, ThousandNat<I, J>, Bit0, Long<ThousandNat<I, J>>,
    [Up<Self, B>, Quotient2, Divides2], [Group<I>: Digits, Group<J>: Digits]);
size!([I J K], Million<I, J, K>, MillionNat<I, J, K>, Bit0, Long<MillionNat<I, J, K>>,
    [RoundedUp<Self, B>, Quotient3, Divides3], [Group<I>: Digits, Group<J>: Digits, Group<K>: Digits]);

/// What is computed from a size that is too large is too large.
macro_rules! too_large {
    ($($operation:ident<$($operand:ident),+>)+) => {
        #[diagnostic::do_not_recommend]
        impl Dim for TooLarge {
            const SIZE: Option<usize> = Some(<Self as Size>::USIZE);
            const NAME: &'static str = "";
            type IsOne = Bit0;
            type CountInto<N: Nat> = N::Times<Billion>;
            type RuntimeInto<L: 'static> = L;
            type Lengths = Known<Self>;
        }
        #[diagnostic::do_not_recommend]
        impl Size for TooLarge {
            type Nat = Billion;
            type Divisor = Long<Billion>;
            type IsMultiple<B: Size> =
                <<Billion as Nat>::Remainder<B::Nat> as Nat>::IsZero;
            $(type $operation<$($operand: Size),+> = TooLarge;)+
        }
    };
}
too_large! {
    Sum<A> Product<A> TakenFrom<A> Dividing<A> DividingUp<A> Dilating<A> Striding<W, A> Sliding<S, A>
    Plus<B> Times<B> Minus<B> Quotient<B> QuotientUp<B> Dilated<B> Windows<W, S>
}
