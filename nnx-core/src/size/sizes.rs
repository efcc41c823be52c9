//! The trait of sizes, and the arithmetic of known sizes.

use super::bit::{Bit, Bit0, Bit1, Operation};
use super::digits::{Digits, Group};
use super::dim::{Dim, Million, OutOfRange, Thousand, U};
use super::lengths::RuntimeAxis;
use super::names::U1;
use super::nat::{Billion, Checked, Nat, One, Plus, Saturating, Z};
use super::number::N;
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
    /// For [`OutOfRange`] it is an error of `cargo build`.
    const USIZE: usize = value(<Self::Nat as Nat>::USIZE);
}
// Each axis that is known is a size. So the result of an operation on a parameter `H: Size` is one too: the
// trait of operations promises that it is as known as `H`.
#[diagnostic::do_not_recommend]
impl<A: Dim<IsKnown = Bit1>> Size for A {}

/// The number `digits`, if it is a size. It is a function, which [`Dim::SIZE`] calls by default, so that it is
/// evaluated only where the size is used: for [`OutOfRange`] it fails.
#[track_caller]
pub(super) const fn value(digits: usize) -> usize {
    assert!(
        digits < 1_000_000_000,
        "a size that is computed from others is below 0, 10^9 or more, or a quotient by 0"
    );
    digits
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
mod operation {
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
            type Sub<B: Size> = SizeOf<Checked<$nat, B::Nat>>;
            type Div<B: Size> = <B::Divisor as Divisor>::$quotient<$(Group<$group>),*>;
            type DivUp<B: Size> = $up;
            type Dilate<B: Size> = SizeOf<<IsZero<Self> as Bit>::If<
                Z,
                Plus<<Saturating<$nat, One> as Nat>::Times<B::Nat>, One>,
            >>;
            type Windows<W: Size, S: Size> =
                <SizeOf<Saturating<$nat, Saturating<W::Nat, One>>> as N>::DivUp<S>;
            type Exceed<O: Operation> = OutOfRange;
        }
    };
}
type GroupNat<const A: usize> = <Group<A> as Digits>::Behind<Z>;
type ThousandNat<const A: usize, const B: usize> = <Group<B> as Digits>::Behind<GroupNat<A>>;
/// `1_000_000 A + 1000 B + C`.
pub(super) type MillionNat<const A: usize, const B: usize, const C: usize> =
    <Group<C> as Digits>::Behind<ThousandNat<A, B>>;
type Up<A, B> = <<B as Dim>::Divisor as Divisor>::QuotientUp<A, B>;
size!([I], U<I>, GroupNat<I>, <Group<I> as Digits>::IsOne, <Group<I> as Digits>::Divisor,
    [Up<Self, B>, Quotient1, Divides1], [Group<I>: Digits<Alone = Self>]);
size!([I J], Thousand<I, J>, ThousandNat<I, J>, Bit0, Long<ThousandNat<I, J>>,
    [Up<Self, B>, Quotient2, Divides2], [Group<I>: Digits<IsZero = Bit0>, Group<J>: Digits]);
size!([I J K], Million<I, J, K>, MillionNat<I, J, K>, Bit0, Long<MillionNat<I, J, K>>,
    [RoundedUp<Self, B>, Quotient3, Divides3], [Group<I>: Digits<IsZero = Bit0>, Group<J>: Digits, Group<K>: Digits]);

/// Any arithmetic on a size that is too large gives a size that is too large.
macro_rules! too_large {
    ($($right:ident $left:ident)+; $($operation:ident<$($operand:ident),+>)+) => {
        #[diagnostic::do_not_recommend]
        impl Dim for OutOfRange {
            const NAME: &'static str = "";
            type IsOne = Bit0;
            type CountInto<N: Nat> = N::Times<Billion>;
            type Times<C: Size> = OutOfRange;
            type Nat = Billion;
            type Divisor = Long<Billion>;
            // `OutOfRange` stands for many sizes, which have no divisor in common.
            type IsMultiple<B: Size> = Bit0;
            type Deferred = Bit0;
        }
        #[diagnostic::do_not_recommend]
        impl N for OutOfRange {
            type IsKnown = Bit1;
            $(type $right<A: Dim> = A::Exceed<$left>;)+
            type Striding<W: Size, A: Dim> = A::Exceed<StepUnderWide<W>>;
            type Sliding<S: Size, A: Dim> = A::Exceed<SlideFar<S>>;
            $(type $operation<$($operand: Size),+> = OutOfRange;)+
            type Join<B: RuntimeAxis> = Self::Sum<B>;
            type Exceed<O: Operation> = OutOfRange;
        }
    };
}
too_large! {
    Sum Add Prod Multiply RSub Subtract RDiv Divide RDivUp DivideUp RDilate Dilate;
    Add<B> Mul<B> Sub<B> Div<B> DivUp<B> Dilate<B> Windows<W, S>
}
