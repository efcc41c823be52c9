//! What arithmetic gives where the result is no size. Each type holds the operands, so that messages have numbers.

use std::fmt::{self, Debug};
use std::marker::PhantomData;

use super::bit::{Bit0, Bit1, Operation};
use super::dim::{Dim, Size};
use super::lengths::{RuntimeAxis, Text};
use super::nat::{Billion, Nat};
use super::number::N;
use super::short::Long;
use super::sizes::operation::*;

/// A computed size of 10⁹ or more, in groups of digits: `TooLarge<U<1>, U<24>, U<0>, U<0>>` is 1,024,000,000. A size
/// has at most nine digits.
///
/// It fits no other size, so the compiler reports the mistake where the size is used. Where nothing is compared,
/// `cargo build` does, as it has no `USIZE`:
///
/// ```compile_fail,E0080
/// use nnx_core::{dim, module::Init, nn::Linear, random::Rngs, size::{Product, U2, U3}};
///
/// type Wide = Product<dim!(500_000_000), U2>;
/// let linear = Linear::<Wide, U3>::init(&mut Rngs::new(0));
/// ```
///
/// Arithmetic on it gives the same type again.
pub struct TooLarge<A, B, C, D>(PhantomData<(A, B, C, D)>);

/// The difference `A - B` where `B` is larger. As [`TooLarge`] it fits no other size, and has no `USIZE`.
pub struct BelowZero<A, B>(PhantomData<(A, B)>);

/// A quotient `A / 0`. As [`TooLarge`] it fits no other size, and has no `USIZE`.
pub struct DividedByZero<A>(PhantomData<A>);

/// A product, a quotient or a difference by a runtime axis. As [`TooLarge`] it fits no other size, and has no
/// `USIZE`.
pub struct OutOfRange;

/// Any arithmetic on what is no size gives the same.
macro_rules! no_size {
    ($([$($operand:ident)*] $name:ty, $message:expr;)+) => { $(
        no_size! {
            [$($operand)*] $name, $message;
            Sum Add Prod Multiply RSub Subtract RDiv Divide RDivUp DivideUp RDilate Dilate;
            Add<Y> Mul<Y> Sub<Y> Div<Y> DivUp<Y> Dilate<Y> Windows<X, Y>
        }
    )+ };
    ([$($operand:ident)*] $name:ty, $message:expr; $($right:ident $left:ident)+;
        $($operation:ident<$($other:ident),+>)+) => {
        impl<$($operand),*> Clone for $name {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($operand),*> Copy for $name {}
        impl<$($operand),*> Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a computed size that is no size")
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($operand: Size),*> Dim for $name {
            const NO_SIZE: Option<&'static str> = Some(Text::as_str(&const { $message }));
            const NAME: &'static str = "";
            type IsOne = Bit0;
            type CountInto<M: Nat> = M::Times<Billion>;
            type Times<X: Size> = Self;
            type Nat = Billion;
            type Divisor = Long<Billion>;
            // Not even 1 divides it.
            type IsMultiple<Y: Size> = Bit0;
            type Deferred = Bit0;
        }
        #[diagnostic::do_not_recommend]
        impl<$($operand: Size),*> N for $name {
            type IsKnown = Bit1;
            $(type $right<X: Dim> = X::Exceed<$left, Self>;)+
            type Striding<Y: Size, X: Dim> = X::Exceed<StepUnderWide<Y>, Self>;
            type Sliding<Y: Size, X: Dim> = X::Exceed<SlideFar<Y>, Self>;
            $(type $operation<$($other: Size),+> = Self;)+
            type Join<Y: RuntimeAxis> = Self::Sum<Y>;
            type Exceed<O: Operation, Y: Size> = Self;
        }
    };
}
no_size! {
    [A B C D] TooLarge<A, B, C, D>, Text::new("a size that is computed from others is ")
        .then_number(((A::USIZE * 1000 + B::USIZE) * 1000 + C::USIZE) * 1000 + D::USIZE)
        .then(", but a size has at most nine digits");
    [A B] BelowZero<A, B>, Text::new("a size that is computed from others is ")
        .then_number(A::USIZE).then(" - ").then_number(B::USIZE).then(", which is below 0");
    [A] DividedByZero<A>, Text::new("a size that is computed from others is ")
        .then_number(A::USIZE).then(" / 0, which isn't a number");
    [] OutOfRange, Text::new("a size can't be computed by a product, a quotient or a difference with an axis whose ")
        .then("size is known when the program runs");
}
