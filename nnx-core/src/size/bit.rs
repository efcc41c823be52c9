//! Type-level booleans that select between types, and operations on axes as types that a boolean can choose.

use std::marker::PhantomData;

use super::digits::Digit;
use super::dim::{Dim, Size};
use super::division::{Division, Step};
use super::lengths::RuntimeAxis;
use super::nat::Nat;

/// False, as a type.
#[derive(Debug, Clone, Copy)]
pub struct Bit0;
/// True, as a type.
#[derive(Debug, Clone, Copy)]
pub struct Bit1;

/// Implemented by [`Bit1`] only: the bound of a guard is `Condition: True`.
pub trait True {}
impl True for Bit1 {}

/// One of the two types: `First<A>` and `Second<B>`.
pub trait OneOf<A, B> {}
/// The [`OneOf`] of which the first type is `A`.
#[derive(Debug)]
pub struct First<A>(PhantomData<A>);
/// The second type of [`OneOf`].
#[derive(Debug)]
pub struct Second<B>(PhantomData<B>);
impl<A, B> OneOf<A, B> for First<A> {}
impl<A, B> OneOf<A, B> for Second<B> {}

/// A type-level boolean, which selects between types.
pub trait Bit: 'static {
    /// Logical not.
    type Not: Bit;
    /// Logical or.
    type Or<R: Bit>: Bit;
    /// Logical and.
    type And<R: Bit>: Bit;
    /// `T` if true, `F` if false.
    type If<T: Nat, F: Nat>: Nat;
    /// `T` if true, `F` if false, for digits.
    type IfDigit<T: Digit, F: Digit>: Digit;
    /// `T` if true, `F` if false, for sizes.
    type IfSize<T: Size, F: Size>: Size;
    /// `A` if true, `O::Of<A, B>` if false. `A` occurs once. A choice between two types that both hold `A`
    /// would double the type at each operation while `A` is a parameter.
    type Unless<O: Operation, A: Dim, B: Size>: Dim<IsKnown = A::IsKnown>;
    /// `O::Of<A, B>` if true, `P::Of<A, B>` if false.
    type Choose<O: Operation, P: Operation, A: Dim, B: Size>: Dim<IsKnown = A::IsKnown>;
    /// A type that is `OneOf<A, A>` if this is true, or if `A` and `B` are the same type: also if neither this bit nor
    /// `A` is known. So a guard such as [`DivisibleBy`](super::DivisibleBy) holds for a parameter and itself.
    type OrSame<A, B>: OneOf<A, B>;
    /// The type-level list `L` if true, `L` with `A` prepended if false: the runtime axes of a shape, where this bit
    /// says whether the axis `A` is known. Sizes that are parameters are known, so they stay out of the list.
    type Listed<A: 'static, L: 'static>: 'static;
    /// `O::Of<A, B>` if true, `P::Of<A, B>` if false, for runtime axes.
    type ChooseAxis<O: AxisOperation, P: AxisOperation, A: RuntimeAxis, B: Size>: RuntimeAxis;
    /// The next step of finding a digit of a quotient. This bit says whether `S` times the divisor `D` is
    /// larger than the remaining dividend `X`. `Q` is the digit found so far.
    type Divide<S: Step, X: Nat, D: Nat, Q: Digit>: Division;
}

impl Bit for Bit0 {
    type Not = Bit1;
    type Or<R: Bit> = R;
    type And<R: Bit> = Bit0;
    type If<T: Nat, F: Nat> = F;
    type IfDigit<T: Digit, F: Digit> = F;
    type IfSize<T: Size, F: Size> = F;
    type Unless<O: Operation, A: Dim, B: Size> = O::Of<A, B>;
    type Choose<O: Operation, P: Operation, A: Dim, B: Size> = P::Of<A, B>;
    type ChooseAxis<O: AxisOperation, P: AxisOperation, A: RuntimeAxis, B: Size> = P::Of<A, B>;
    type OrSame<A, B> = Second<B>;
    type Listed<A: 'static, L: 'static> = (A, L);
    type Divide<S: Step, X: Nat, D: Nat, Q: Digit> = S::Taken<X, D, Q>;
}

impl Bit for Bit1 {
    type Not = Bit0;
    type Or<R: Bit> = Bit1;
    type And<R: Bit> = R;
    type If<T: Nat, F: Nat> = T;
    type IfDigit<T: Digit, F: Digit> = T;
    type IfSize<T: Size, F: Size> = T;
    type Unless<O: Operation, A: Dim, B: Size> = A;
    type Choose<O: Operation, P: Operation, A: Dim, B: Size> = O::Of<A, B>;
    type ChooseAxis<O: AxisOperation, P: AxisOperation, A: RuntimeAxis, B: Size> = O::Of<A, B>;
    type OrSame<A, B> = First<A>;
    type Listed<A: 'static, L: 'static> = L;
    type Divide<S: Step, X: Nat, D: Nat, Q: Digit> = S::Left<X, D, Q>;
}

/// An operation on an axis and a size.
pub trait Operation {
    /// The result: a size if `A` is one.
    type Of<A: Dim, B: Size>: Dim<IsKnown = A::IsKnown>;
}

/// An operation on a runtime axis and a size.
pub trait AxisOperation {
    /// The result.
    type Of<A: RuntimeAxis, B: Size>: RuntimeAxis;
}
