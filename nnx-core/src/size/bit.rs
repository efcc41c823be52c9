//! Bits that select between types, and operations on sizes as values of a type parameter.

use super::digits::Digit;
use super::dim::{Dim, Size};
use super::division::{Division, Step};
use super::nat::Nat;

/// False, as a type.
#[derive(Debug, Clone, Copy)]
pub struct Bit0;
/// True, as a type.
#[derive(Debug, Clone, Copy)]
pub struct Bit1;

/// Holds of [`Bit1`]: the condition under a guard.
pub trait True {}
impl True for Bit1 {}

/// A bit, which selects between types.
pub trait Bit: 'static {
    /// Not self.
    type Not: Bit;
    /// Self or `R`.
    type Or<R: Bit>: Bit;
    /// Self and `R`.
    type And<R: Bit>: Bit;
    /// `T` for 1, `F` for 0.
    type If<T: Nat, F: Nat>: Nat;
    /// `T` for 1, `F` for 0, among digits.
    type IfDigit<T: Digit, F: Digit>: Digit;
    /// `A` for 1, `A` under the operation `O` with `B` for 0. `A` stands here once: a choice between
    /// `A` and a term that holds `A` would double the term at each step.
    type Unless<O: Operation, A: Size, B: Size>: Size;
    /// `A` under the operation `O` with `B` for 1, under `P` for 0.
    type Choose<O: Operation, P: Operation, A: Size, B: Size>: Size;
    /// `A` under the operation `O` with `B` for 1, under `P` for 0, among axes.
    type ChooseAxis<O: AxisOperation, P: AxisOperation, A: Dim, B: Size>: Dim;
    /// The next step of a division, where this bit says that `S` of the divisor `D` are too many for
    /// what is left, `X`. `Q` is the digit of the quotient so far.
    type Divide<S: Step, X: Nat, D: Nat, Q: Digit>: Division;
}

impl Bit for Bit0 {
    type Not = Bit1;
    type Or<R: Bit> = R;
    type And<R: Bit> = Bit0;
    type If<T: Nat, F: Nat> = F;
    type IfDigit<T: Digit, F: Digit> = F;
    type Unless<O: Operation, A: Size, B: Size> = O::Of<A, B>;
    type Choose<O: Operation, P: Operation, A: Size, B: Size> = P::Of<A, B>;
    type ChooseAxis<O: AxisOperation, P: AxisOperation, A: Dim, B: Size> = P::Of<A, B>;
    type Divide<S: Step, X: Nat, D: Nat, Q: Digit> = S::Taken<X, D, Q>;
}

impl Bit for Bit1 {
    type Not = Bit0;
    type Or<R: Bit> = Bit1;
    type And<R: Bit> = R;
    type If<T: Nat, F: Nat> = T;
    type IfDigit<T: Digit, F: Digit> = T;
    type Unless<O: Operation, A: Size, B: Size> = A;
    type Choose<O: Operation, P: Operation, A: Size, B: Size> = O::Of<A, B>;
    type ChooseAxis<O: AxisOperation, P: AxisOperation, A: Dim, B: Size> = O::Of<A, B>;
    type Divide<S: Step, X: Nat, D: Nat, Q: Digit> = S::Left<X, D, Q>;
}

/// An operation on two sizes.
pub trait Operation {
    /// The result.
    type Of<A: Size, B: Size>: Size;
}

/// An operation on an axis and a size.
pub trait AxisOperation {
    /// The result.
    type Of<A: Dim, B: Size>: Dim;
}
