//! Long division of natural numbers, which finds one digit of the quotient at a time.

use std::marker::PhantomData;

use super::bit::{Bit, Bit0};
use super::digits::{D0, D1, D2, D4, D8, Digit};
use super::nat::Nat;

/// One digit of a quotient, and the remainder.
pub trait Division: 'static {
    /// The digit.
    type Digit: Digit;
    /// The remainder.
    type Rest: Nat;
}
/// The digit `Q` with the remainder `X`.
#[derive(Debug)]
pub struct Divided<Q, X>(PhantomData<(Q, X)>);
impl<Q: Digit, X: Nat> Division for Divided<Q, X> {
    type Digit = Q;
    type Rest = X;
}

/// `X / D` and `X % D` for an `X` below `10 D`.
pub(super) type DigitOf<X, D> = Try<D8, X, D, D0>;

/// The digit is found by at most four comparisons, with 8, 4, 2 and 1 times the divisor `D`. If `S` times `D`
/// isn't larger than `X`, it is subtracted from `X`, and `S` is added to the digit `Q`.
type Try<S, X, D, Q> = <<X as Nat>::Below<Multiple<D, S>, Bit0> as Bit>::Divide<S, X, D, Q>;
type Multiple<D, S> = <D as Nat>::TimesDigit<S, D0>;
type Difference<X, D, S> = <X as Nat>::Less<Multiple<D, S>, Bit0>;
type Plus<Q, S> = <Q as Digit>::Add<S, Bit0>;

/// The multiple of the divisor that is compared and subtracted: 8, 4, 2 or 1 times.
pub trait Step: Digit {
    /// The remaining steps, if this multiple is subtracted.
    type Taken<X: Nat, D: Nat, Q: Digit>: Division;
    /// The remaining steps, if this multiple is larger than the dividend.
    type Left<X: Nat, D: Nat, Q: Digit>: Division;
}
impl Step for D8 {
    type Taken<X: Nat, D: Nat, Q: Digit> = Try<D1, Difference<X, D, D8>, D, Plus<Q, D8>>;
    type Left<X: Nat, D: Nat, Q: Digit> = Try<D4, X, D, Q>;
}
impl Step for D4 {
    type Taken<X: Nat, D: Nat, Q: Digit> = Try<D2, Difference<X, D, D4>, D, Plus<Q, D4>>;
    type Left<X: Nat, D: Nat, Q: Digit> = Try<D2, X, D, Q>;
}
impl Step for D2 {
    type Taken<X: Nat, D: Nat, Q: Digit> = Try<D1, Difference<X, D, D2>, D, Plus<Q, D2>>;
    type Left<X: Nat, D: Nat, Q: Digit> = Try<D1, X, D, Q>;
}
impl Step for D1 {
    type Taken<X: Nat, D: Nat, Q: Digit> = Divided<Plus<Q, D1>, Difference<X, D, D1>>;
    type Left<X: Nat, D: Nat, Q: Digit> = Divided<Q, X>;
}
