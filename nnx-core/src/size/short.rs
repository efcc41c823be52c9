//! Division by a known divisor in one pass over the digits of the dividend, like short division on paper.
//!
//! Long division (`division`) takes up to four comparisons per digit, one after the other. For a dividend of
//! three digits rustc's recursion is then deeper than editors allow: their limit is well below rustc's. A
//! divisor of one digit needs only a table: the remainder so far and the next digit of the dividend give one
//! digit of the quotient and the next remainder. A product of one-digit divisors divides by one after the other
//! in the same pass. This covers nearly all strides, patch sizes and numbers of heads in use. Other divisors,
//! such as 13, use long division.

use std::marker::PhantomData;

use super::bit::{Bit, Bit0, Bit1};
use super::digits::{Digit, Digits};
use super::dim::{Dim, Size};
use super::nat::{Nat, One, Plus, Saturating, Z};
use super::number::N;
use super::out_of_range::DividedByZero;

/// The state of a short division between two digits of the dividend: the divisor and the remainder so far.
pub trait DivisionState: 'static {
    /// The next digit of the quotient, if `A` is the next digit of the dividend.
    type Digit<A: Digit>: Digit;
    /// The state after that digit.
    type Next<A: Digit>: DivisionState;
    /// Whether the remainder so far is 0.
    type IsEven: Bit;
}

/// A division by the digit `D` with the remainder `R` so far. `build.rs` writes its table.
#[derive(Debug)]
pub struct By<const D: usize, const R: usize>;

/// A division by two divisors: `T` divides the digits of the quotient by `S`.
#[derive(Debug)]
pub struct Both<S, T>(PhantomData<(S, T)>);
impl<S: DivisionState, T: DivisionState> DivisionState for Both<S, T> {
    type Digit<A: Digit> = T::Digit<S::Digit<A>>;
    type Next<A: Digit> = Both<S::Next<A>, T::Next<S::Digit<A>>>;
    type IsEven = <S::IsEven as Bit>::And<T::IsEven>;
}

/// The state after the digits `X`, `Y` and `W` of a group, if `P` is the state before them.
pub(super) type Behind<P, X, Y, W> = <Second<P, X, Y> as DivisionState>::Next<W>;
/// The group of the quotient's digits for the dividend's digits `X`, `Y` and `W`.
pub(super) type Cut<P, X, Y, W> = <<Second<P, X, Y> as DivisionState>::Digit<W> as Digit>::Behind<
    <P as DivisionState>::Digit<X>,
    <<P as DivisionState>::Next<X> as DivisionState>::Digit<Y>,
>;
type Second<P, X, Y> = <<P as DivisionState>::Next<X> as DivisionState>::Next<Y>;

/// A known divisor, for dividends of one to three groups of digits.
pub trait Divisor: 'static {
    /// The quotient of one group, rounded down.
    type Quotient1<A: Digits>: Size;
    /// The quotient of two groups, rounded down.
    type Quotient2<A: Digits, B: Digits>: Size;
    /// The quotient of three groups, rounded down.
    type Quotient3<A: Digits, B: Digits, C: Digits>: Size;
    /// `A / B` for an `A` below 1,000,000 and the size `B` of this divisor, rounded up.
    type QuotientUp<A: Size, B: Size>: Size;
    /// Whether this divisor divides one group without a remainder.
    type Divides1<A: Digits>: Bit;
    /// Whether this divisor divides two groups without a remainder.
    type Divides2<A: Digits, B: Digits>: Bit;
    /// Whether this divisor divides three groups without a remainder.
    type Divides3<A: Digits, B: Digits, C: Digits>: Bit;
}

/// `A / B`, rounded up: one more than the quotient, if there is a remainder.
pub(super) type RoundedUp<A, B> = <<<<A as N>::Div<B> as Dim>::Nat as Nat>::Carried<
    <<A as Dim>::IsMultiple<B> as Bit>::Not,
> as Nat>::Size;

/// Short division, with the state `P` before the first digit.
#[derive(Debug)]
pub struct Short<P>(PhantomData<P>);
impl<P: DivisionState> Divisor for Short<P> {
    type Quotient1<A: Digits> = <A::Cut<P> as Digits>::Alone;
    type Quotient2<A: Digits, B: Digits> = <A::Cut<P> as Digits>::Over<B::Cut<A::Left<P>>>;
    type Quotient3<A: Digits, B: Digits, C: Digits> =
        <A::Cut<P> as Digits>::OverTwo<B::Cut<A::Left<P>>, C::Cut<B::Left<A::Left<P>>>>;
    type QuotientUp<A: Size, B: Size> =
        <<Plus<A::Nat, Saturating<B::Nat, One>> as Nat>::Size as N>::Div<B>;
    type Divides1<A: Digits> = <A::Left<P> as DivisionState>::IsEven;
    type Divides2<A: Digits, B: Digits> = <B::Left<A::Left<P>> as DivisionState>::IsEven;
    type Divides3<A: Digits, B: Digits, C: Digits> =
        <C::Left<B::Left<A::Left<P>>> as DivisionState>::IsEven;
}

/// Long division by the natural number `D`.
#[derive(Debug)]
pub struct Long<D>(PhantomData<D>);
type Two<A, B> = <B as Digits>::Behind<<A as Digits>::Behind<Z>>;
type Three<A, B, C> = <C as Digits>::Behind<Two<A, B>>;
type Quotient<N, D> = <<N as Nat>::Quotient<D> as Nat>::Size;
type Divides<D, N> = <<N as Nat>::Remainder<D> as Nat>::IsZero;
impl<D: Nat> Divisor for Long<D> {
    type Quotient1<A: Digits> = Quotient<A::Behind<Z>, D>;
    type Quotient2<A: Digits, B: Digits> = Quotient<Two<A, B>, D>;
    type Quotient3<A: Digits, B: Digits, C: Digits> = Quotient<Three<A, B, C>, D>;
    type QuotientUp<A: Size, B: Size> = RoundedUp<A, B>;
    type Divides1<A: Digits> = Divides<D, A::Behind<Z>>;
    type Divides2<A: Digits, B: Digits> = Divides<D, Two<A, B>>;
    type Divides3<A: Digits, B: Digits, C: Digits> = Divides<D, Three<A, B, C>>;
}

/// The divisor 0. A quotient by 0 is [`DividedByZero`], and 0 is the only multiple of 0.
#[derive(Debug)]
pub struct ByZero;
impl Divisor for ByZero {
    type Quotient1<A: Digits> = DividedByZero<A::Alone>;
    type Quotient2<A: Digits, B: Digits> = DividedByZero<A::Over<B>>;
    type Quotient3<A: Digits, B: Digits, C: Digits> = DividedByZero<A::OverTwo<B, C>>;
    type QuotientUp<A: Size, B: Size> = DividedByZero<A>;
    type Divides1<A: Digits> = <A::Behind<Z> as Nat>::IsZero;
    type Divides2<A: Digits, B: Digits> = Bit0;
    type Divides3<A: Digits, B: Digits, C: Digits> = Bit0;
}

macro_rules! even {
    (0) => {
        Bit1
    };
    ($left:literal) => {
        Bit0
    };
}
/// A row of the table: the division by `$divisor` with the remainder `$left`.
macro_rules! state {
    ($divisor:literal $left:tt $digit:ident $next:ident) => {
        impl DivisionState for By<$divisor, $left> {
            type Digit<A: Digit> = A::$digit;
            type Next<A: Digit> = A::$next;
            type IsEven = even!($left);
        }
    };
}
include!(concat!(env!("OUT_DIR"), "/short.rs"));
