//! The trait of sizes, and the arithmetic of known sizes.

use super::bit::{Bit, Bit0, Bit1, Operation};
use super::digits::{Digits, Group};
use super::dim::{Dim, Million, Thousand, U};
use super::lengths::RuntimeAxis;
use super::names::U1;
use super::nat::{Nat, One, Plus, Saturating, Z};
use super::number::N;
use super::out_of_range::{BelowZero, DividedByZero};
use super::short::{Divisor, Long, RoundedUp};

/// An axis whose size the compiler knows.
///
/// Programs write arithmetic with the aliases, [`Sum<A, B>`](super::Sum) and the others. [`N`] explains what
/// the compiler prints if an operand is a parameter, such as `<H as N>::DivUp<U<2>>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a size",
    label = "expected a size such as `U32` or `dim!(64 * 7 * 7)`",
    note = "where it is a type parameter `C`, each `impl` and each function needs the bound `C: Size`: `Dim` also allows named axes",
    note = "`Const<..>` holds at most three digits: 1600 is written `dim!(1600)`, or in groups of three digits, of which the first isn't 0, `Thousand<1, 600>`",
    note = "a named axis, whose size is known when the program runs, isn't allowed here, nor is a size computed from one",
    note = "a parameter `const N: usize` needs the bound `where Const<N>: Size`"
)]
pub trait Size: Dim<IsKnown = Bit1> {
    /// The size as a value.
    ///
    /// For a result that is no size, such as [`TooLarge`](super::TooLarge), it is an error of `cargo build`.
    const USIZE: usize = value::<Self>();
}
// Each axis that is known is a size. So the result of an operation on a parameter `H: Size` is one too: the
// trait of operations promises that it is as known as `H`.
#[diagnostic::do_not_recommend]
impl<A: Dim<IsKnown = Bit1>> Size for A {}

/// The number, if it is a size. A function, so that it is computed only where it is used.
#[track_caller]
pub(super) const fn value<A: Dim>() -> usize {
    match A::NO_SIZE {
        None => <A::Nat as Nat>::USIZE,
        Some(why) => panic!("{}", why),
    }
}

type SizeOf<N> = <N as Nat>::Size;
pub(super) type IsZero<A> = <<A as Dim>::Nat as Nat>::IsZero;
type IsOne<A> = <A as Dim>::IsOne;
pub(super) type Below<A, B> = <<A as Dim>::Nat as Nat>::Below<<B as Dim>::Nat, Bit0>;
pub(super) type Differs<A, B> = <Below<A, B> as Bit>::Or<Below<B, A>>;

/// Declares operations as types, so that a type-level boolean can choose one.
macro_rules! operations {
    ($($operation:ident $(<$parameter:ident>)?: |$a:ident, $b:ident| $of:ty;)+) => { $(
        /// An operation on an axis and a size: `Of` is its result.
        #[derive(Debug)]
        pub struct $operation $(<$parameter>(std::marker::PhantomData<$parameter>))?;
        impl $(<$parameter: Size>)? Operation for $operation $(<$parameter>)? {
            type Of<$a: Dim, $b: Size> = $of;
        }
    )+ };
}
pub(super) mod operation {
    use super::*;

    operations! {
        Add: |A, B| A::Add<B>;
        Multiply: |A, B| A::Mul<B>;
        Subtract: |A, B| A::Sub<B>;
        Divide: |A, B| A::Div<B>;
        DivideUp: |A, B| A::DivUp<B>;
        Dilate: |A, B| A::Dilate<B>;
        // Positions of a window `W`: with stride 1, and with stride `S`.
        SlideBy1: |A, W| <<U1 as N>::RSub<W> as N>::RSub<A>;
        SlideBy<S>: |A, W| W::Sliding<S, A>;
        // The result of `Sliding` for a window that is too large (`OutOfRange`): positions of a window `W` with stride
        // `S`.
        SlideFar<S>: |A, W| A::Windows<W, S>;
        // `A / S` rounded up for a window of 1, and the positions of any other window `W`: `A` is the axis, `S` the
        // stride.
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
            const NAME: &'static str = "";
            type IsOne = $one;
            type CountInto<N: Nat> = N::Times<$nat>;
            type Times<C: Size> = C::Mul<Self>;
            type Nat = $nat;
            type Divisor = $divisor;
            type IsMultiple<B: Size> = <B::Divisor as Divisor>::$divides<$(Group<$group>),*>;
            type Deferred = Bit0;
        }
        #[diagnostic::do_not_recommend]
        impl<$(const $group: usize),*> N for $size where $($guard)* {
            type IsKnown = Bit1;
            // Each dispatches on this size alone, and contains `A` once.
            type Sum<A: Dim> = <IsZero<Self> as Bit>::Unless<Add, A, Self>;
            type Prod<A: Dim> = <IsOne<Self> as Bit>::Unless<Multiply, A, Self>;
            type RSub<A: Dim> = <IsZero<Self> as Bit>::Unless<Subtract, A, Self>;
            type RDiv<A: Dim> = <IsOne<Self> as Bit>::Unless<Divide, A, Self>;
            type RDivUp<A: Dim> = <IsOne<Self> as Bit>::Unless<DivideUp, A, Self>;
            type RDilate<A: Dim> = <IsOne<Self> as Bit>::Unless<Dilate, A, Self>;
            type Striding<W: Size, A: Dim> =
                <IsOne<Self> as Bit>::Choose<SlideBy1, SlideBy<Self>, A, W>;
            type Sliding<S: Size, A: Dim> =
                <Differs<Self, S> as Bit>::Choose<StepUnder<Self>, Divide, A, S>;

            // Both operands are known here.
            type Add<B: Size> = SizeOf<Plus<$nat, B::Nat>>;
            type Join<B: RuntimeAxis> = Self::Sum<B>;
            type Mul<B: Size> = SizeOf<<$nat as Nat>::Times<B::Nat>>;
            type Sub<B: Size> = <<$nat as Nat>::Below<B::Nat, Bit0> as Bit>::IfSize<
                BelowZero<Self, SizeOf<B::Nat>>,
                SizeOf<<$nat as Nat>::Less<B::Nat, Bit0>>,
            >;
            type Div<B: Size> = <B::Divisor as Divisor>::$quotient<$(Group<$group>),*>;
            type DivUp<B: Size> = $up;
            type Dilate<B: Size> = SizeOf<<IsZero<Self> as Bit>::If<
                Z,
                Plus<<Saturating<$nat, One> as Nat>::Times<B::Nat>, One>,
            >>;
            type Windows<W: Size, S: Size> =
                <SizeOf<Saturating<$nat, Saturating<W::Nat, One>>> as N>::DivUp<S>;
            type Exceed<O: Operation, B: Size> = B;
        }
    };
}
type GroupNat<const A: usize> = <Group<A> as Digits>::Behind<Z>;
type ThousandNat<const A: usize, const B: usize> = <Group<B> as Digits>::Behind<GroupNat<A>>;
/// `1_000_000 A + 1000 B + C`.
pub(super) type MillionNat<const A: usize, const B: usize, const C: usize> =
    <Group<C> as Digits>::Behind<ThousandNat<A, B>>;
/// A quotient by 0 has no digits that could be rounded up.
type UpOfMillion<A, B> = <IsZero<B> as Bit>::IfSize<DividedByZero<A>, RoundedUp<A, B>>;
type Up<A, B> = <<B as Dim>::Divisor as Divisor>::QuotientUp<A, B>;
size!([I], U<I>, GroupNat<I>, <Group<I> as Digits>::IsOne, <Group<I> as Digits>::Divisor,
    [Up<Self, B>, Quotient1, Divides1], [Group<I>: Digits<Alone = Self>]);
size!([I J], Thousand<I, J>, ThousandNat<I, J>, Bit0, Long<ThousandNat<I, J>>,
    [Up<Self, B>, Quotient2, Divides2], [Group<I>: Digits<IsZero = Bit0>, Group<J>: Digits]);
size!([I J K], Million<I, J, K>, MillionNat<I, J, K>, Bit0, Long<MillionNat<I, J, K>>,
    [UpOfMillion<Self, B>, Quotient3, Divides3], [Group<I>: Digits<IsZero = Bit0>, Group<J>: Digits, Group<K>: Digits]);
