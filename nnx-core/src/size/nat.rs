//! Natural numbers as type-level lists of decimal digits, with total arithmetic.
//!
//! A natural number is `Z` (zero) or `N<U, A>`, which is `10 U + A` for a digit `A`. There are no leading
//! zeros. 784 is `N<N<N<Z, D7>, D8>, D4>`.
//!
//! Each operation is an associated type without a `where` condition, so generic code may write it for operands
//! that are still parameters. rustc evaluates it by recursion over the digits. The base is ten for two reasons.
//! A result is printed in decimal, so it needs no conversion between bases. And rustc limits the depth of its
//! recursion: in base two the lists would be three times as long.
//!
//! An operation that looks at the digits of both operands is a pair of associated types, because an `impl` can
//! match on its self type only. The first type is implemented by the left operand: it takes off the last digit
//! and calls the second type, which the right operand implements.

use std::marker::PhantomData;

use super::bit::{Bit, Bit0, Bit1};
use super::digits::*;
use super::dim::{Const, Size};
use super::division::{DigitOf, Division};
use super::out_of_range::TooLarge;

/// Zero.
#[derive(Debug)]
pub struct Z;
/// `10 U + A`.
#[derive(Debug)]
pub struct N<U, A>(PhantomData<(U, A)>);

/// `A >= B`.
pub(crate) type AtLeast<A, B> = <<A as Nat>::Below<B, Bit0> as Bit>::Not;
/// `A + B`.
pub(super) type Plus<A, B> = <A as Nat>::Plus<B, Bit0>;
/// `max(A - B, 0)`.
pub(super) type Saturating<A, B> =
    <<A as Nat>::Below<B, Bit0> as Bit>::If<Z, <A as Nat>::Less<B, Bit0>>;
/// 1.
pub(crate) type One = N<Z, D1>;

/// 10⁹, the smallest number that is too large for a size.
pub(super) type Billion = Ten3<Ten3<Ten3<One>>>;
type Ten3<A> = N<N<N<A, D0>, D0>, D0>;

/// A natural number.
pub trait Nat: 'static {
    /// The number as a value.
    const USIZE: usize;
    /// Whether the number is 0.
    type IsZero: Bit;
    /// `10 self`. Zero stays `Z`, so that no number has leading zeros.
    type Ten: Nat;
    /// `self + C`, for a carry `C`.
    type Carried<C: Bit>: Nat;
    /// `self + R + C`.
    type Plus<R: Nat, C: Bit>: Nat;
    /// `(10 L + A) + self + C`: the second half of `Plus`. The left operand comes as its last digit `A` and the number
    /// `L` of its other digits.
    type AddedTo<L: Nat, A: Digit, C: Bit>: Nat;
    /// `self - R - C`, for a borrow `C`. Only meaningful if the result isn't negative.
    type Less<R: Nat, C: Bit>: Nat;
    /// `(10 L + A) - self - C`: the second half of `Less`. The left operand comes as its last digit `A` and the number
    /// `L` of its other digits; `C` is the borrow.
    type TakenFrom<L: Nat, A: Digit, C: Bit>: Nat;
    /// Whether `self < R + C`.
    type Below<R: Nat, C: Bit>: Bit;
    /// Whether `10 L + A < self + C`: the second half of `Below`. The left operand comes as its last digit `A` and the
    /// number `L` of its other digits.
    type Above<L: Nat, A: Digit, C: Bit>: Bit;
    /// `self * X + C`.
    type TimesDigit<X: Digit, C: Digit>: Nat;
    /// `self * R`.
    type Times<R: Nat>: Nat;
    /// `self / D`, rounded down. For a `D` of 0 the digits of the quotient are nines.
    type Quotient<D: Nat>: Nat;
    /// `self % D`. For a `D` of 0 it is self.
    type Remainder<D: Nat>: Nat;
    /// The last digit, 0 for zero.
    type Last: Digit;
    /// All digits but the last: `self / 10`, rounded down.
    type Rest: Nat;
    /// The same number as a size, the form that the compiler prints, in groups of three digits.
    type Size: Size;
    /// The size `1000 self + Lo`.
    type Thousands<Lo: Digits>: Size;
    /// The size `1_000_000 self + 1000 Mid + Lo`.
    type Millions<Mid: Digits, Lo: Digits>: Size;
    /// The size that consists of these groups, if self is 0. Otherwise it is too large: self counts thousands
    /// of millions.
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

/// `N / 1000`, rounded down: `N` without its last three digits.
type Rest3<N> = <<<N as Nat>::Rest as Nat>::Rest as Nat>::Rest;
/// The last three digits of `N` as a group.
type Last3<N> = <<N as Nat>::Last as Digit>::Behind<
    <<<N as Nat>::Rest as Nat>::Rest as Nat>::Last,
    <<N as Nat>::Rest as Nat>::Last,
>;
/// One step of long division by `D`: divides `10 (U % D) + A`. Its quotient is the next digit of the result.
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
    type Billions<Hi: Digits, Mid: Digits, Lo: Digits> =
        TooLarge<Self::Size, Hi::Alone, Mid::Alone, Lo::Alone>;
}
