//! Naturals as lists of decimal digits, with total arithmetic.
//!
//! A natural is `Z` (zero) or `N<U, A>` (ten times `U`, plus the digit `A`), without leading zeros. Every
//! operation is an associated type without a condition, so it can be written for operands that are not
//! known yet. It is as deep as there are digits: a base of two would make it three times as deep, and
//! cost a conversion to what prints. Methods come in pairs: one that takes the left operand apart, and one
//! that takes the right operand apart.

use std::marker::PhantomData;

use super::bit::{Bit, Bit0, Bit1};
use super::digits::*;
use super::dim::{Const, Size, TooLarge};
use super::division::{DigitOf, Division};

/// Zero.
#[derive(Debug)]
pub struct Z;
/// `10 U + A`.
#[derive(Debug)]
pub struct N<U, A>(PhantomData<(U, A)>);

/// `A >= B`.
pub(super) type AtLeast<A, B> = <<A as Nat>::Below<B, Bit0> as Bit>::Not;
/// `A + B`.
pub(super) type Plus<A, B> = <A as Nat>::Plus<B, Bit0>;
/// `max(A - B, 0)`.
pub(super) type Saturating<A, B> =
    <<A as Nat>::Below<B, Bit0> as Bit>::If<Z, <A as Nat>::Less<B, Bit0>>;
/// The number 1.
pub(super) type One = N<Z, D1>;

/// The number 10⁹, which no size holds.
pub(super) type Billion = Ten3<Ten3<Ten3<One>>>;
type Ten3<A> = N<N<N<A, D0>, D0>, D0>;

/// A natural.
pub trait Nat: 'static {
    /// The natural as a value.
    const USIZE: usize;
    /// Is it 0?
    type IsZero: Bit;
    /// `10 self`, where zero stays `Z`.
    type Ten: Nat;
    /// `self + C`.
    type Carried<C: Bit>: Nat;
    /// `self + R + C`.
    type Plus<R: Nat, C: Bit>: Nat;
    /// `(10 L + A) + self + C`.
    type AddedTo<L: Nat, A: Digit, C: Bit>: Nat;
    /// `self - R - C`, meaningful where nothing is borrowed beyond the top.
    type Less<R: Nat, C: Bit>: Nat;
    /// `(10 L + A) - self - C`, likewise.
    type TakenFrom<L: Nat, A: Digit, C: Bit>: Nat;
    /// Is `self < R + C`?
    type Below<R: Nat, C: Bit>: Bit;
    /// Is `10 L + A < self + C`?
    type Above<L: Nat, A: Digit, C: Bit>: Bit;
    /// `self * X + C`.
    type TimesDigit<X: Digit, C: Digit>: Nat;
    /// `self * R`.
    type Times<R: Nat>: Nat;
    /// `self / D`, rounded down. A `D` of 0 gives nines.
    type Quotient<D: Nat>: Nat;
    /// `self % D`. A `D` of 0 leaves self.
    type Remainder<D: Nat>: Nat;
    /// The last digit, 0 for zero.
    type Last: Digit;
    /// The digits before it.
    type Rest: Nat;
    /// The same number as a size, which prints in groups of three digits.
    type Size: Size;
    /// The size `1000 self + Lo`.
    type Thousands<Lo: Digits>: Size;
    /// The size `1_000_000 self + 1000 Mid + Lo`.
    type Millions<Mid: Digits, Lo: Digits>: Size;
    /// The size of these groups, with self above them: too large unless it is 0.
    type Billions<Hi: Digits, Mid: Digits, Lo: Digits>: Size;
}

impl Nat for Z {
    const USIZE: usize = 0;
    type IsZero = Bit1;
    type Ten = Z;
    type Carried<C: Bit> = C::If<One, Z>;
    type Plus<R: Nat, C: Bit> = R::Carried<C>;
    type AddedTo<L: Nat, A: Digit, C: Bit> = <N<L, A> as Nat>::Carried<C>;
    type Less<R: Nat, C: Bit> = Z;
    type TakenFrom<L: Nat, A: Digit, C: Bit> =
        <A::Sub<D0, C> as Digit>::Append<L::Less<Z, A::Borrow<D0, C>>>;
    type Below<R: Nat, C: Bit> = <<R::IsZero as Bit>::Not as Bit>::Or<C>;
    type Above<L: Nat, A: Digit, C: Bit> = Bit0;
    type TimesDigit<X: Digit, C: Digit> = C::Append<Z>;
    type Times<R: Nat> = Z;
    type Quotient<D: Nat> = Z;
    type Remainder<D: Nat> = Z;
    type Last = D0;
    type Rest = Z;
    type Size = Const<0>;
    type Thousands<Lo: Digits> = Lo::Alone;
    type Millions<Mid: Digits, Lo: Digits> = Mid::Over<Lo>;
    type Billions<Hi: Digits, Mid: Digits, Lo: Digits> = Hi::OverTwo<Mid, Lo>;
}

/// The digits of `N` behind the first three.
type Rest3<N> = <<<N as Nat>::Rest as Nat>::Rest as Nat>::Rest;
/// The last three digits of `N` as a group.
type Last3<N> = <<N as Nat>::Last as Digit>::Behind<
    <<<N as Nat>::Rest as Nat>::Rest as Nat>::Last,
    <<N as Nat>::Rest as Nat>::Last,
>;
/// The next digit of a quotient by `D`: what was left of `U`, and the digit `A`.
type Next<U, A, D> = DigitOf<<A as Digit>::Append<<U as Nat>::Remainder<D>>, D>;

impl<U: Nat, A: Digit> Nat for N<U, A> {
    const USIZE: usize = 10 * U::USIZE + A::DIGIT;
    type IsZero = Bit0;
    type Ten = N<N<U, A>, D0>;
    type Carried<C: Bit> = N<U::Carried<A::Carry<D0, C>>, A::Add<D0, C>>;
    type Plus<R: Nat, C: Bit> = R::AddedTo<U, A, C>;
    type AddedTo<L: Nat, B: Digit, C: Bit> = N<L::Plus<U, B::Carry<A, C>>, B::Add<A, C>>;
    type Less<R: Nat, C: Bit> = R::TakenFrom<U, A, C>;
    type TakenFrom<L: Nat, B: Digit, C: Bit> =
        <B::Sub<A, C> as Digit>::Append<L::Less<U, B::Borrow<A, C>>>;
    type Below<R: Nat, C: Bit> = R::Above<U, A, C>;
    type Above<L: Nat, B: Digit, C: Bit> = L::Below<U, B::Borrow<A, C>>;
    type TimesDigit<X: Digit, C: Digit> = <<A::Low<X> as Digit>::Add<C, Bit0> as Digit>::Append<
        U::TimesDigit<X, <A::High<X> as Digit>::Add<D0, <A::Low<X> as Digit>::Carry<C, Bit0>>>,
    >;
    type Times<R: Nat> = Plus<<U::Times<R> as Nat>::Ten, R::TimesDigit<A, D0>>;
    type Quotient<D: Nat> = <<Next<U, A, D> as Division>::Digit as Digit>::Append<U::Quotient<D>>;
    type Remainder<D: Nat> = <Next<U, A, D> as Division>::Rest;
    type Last = A;
    type Rest = U;
    type Size = <Rest3<Self> as Nat>::Thousands<Last3<Self>>;
    type Thousands<Lo: Digits> = <Rest3<Self> as Nat>::Millions<Last3<Self>, Lo>;
    type Millions<Mid: Digits, Lo: Digits> = <Rest3<Self> as Nat>::Billions<Last3<Self>, Mid, Lo>;
    type Billions<Hi: Digits, Mid: Digits, Lo: Digits> = TooLarge;
}
