//! Runtime axes whose length is computed from the length of another runtime axis.

use std::marker::PhantomData;

use super::rules::*;
use super::{RuntimeAxis, Text};
use crate::__runtime;
use crate::size::bit::Bit;
use crate::size::dim::{Dim, Size};
use crate::size::names::U1;
use crate::size::number::N;
use crate::size::sizes::{Below, Differs};

/// `⌈A / S⌉`: the output of a stride of `S` along the runtime axis `A`, with a padding that keeps the size for
/// a stride of 1. Write [`QuotientUp<A, S>`](crate::size::QuotientUp), which is this type if `A` is a runtime
/// axis, and a size if `A` is a size.
///
/// ```
/// use nnx_core::{axis, size::{QuotientUp, Shape, U2}};
///
/// axis!(Height);
/// assert_eq!(<(QuotientUp<Height, U2>,)>::describe(), "(ceil(Height / 2),)");
/// assert_eq!(<(QuotientUp<QuotientUp<Height, U2>, U2>,)>::describe(), "(ceil(Height / 4),)");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CeilDiv<A, S>(PhantomData<fn() -> (A, S)>);
/// `⌊A / S⌋`, for a runtime axis `A`: the output of a pool whose windows have the size and stride `S`. Write
/// [`Quotient<A, S>`](crate::size::Quotient).
#[derive(Debug, Clone, Copy)]
pub struct FloorDiv<A, S>(PhantomData<fn() -> (A, S)>);
/// `A S`, for a runtime axis `A`: each element is repeated `S` times. Write
/// [`Product<A, S>`](crate::size::Product).
#[derive(Debug, Clone, Copy)]
pub struct Upsampled<A, S>(PhantomData<fn() -> (A, S)>);
/// `A + C`, for a runtime axis `A` and a size `C`. Write [`Sum<A, C>`](crate::size::Sum).
#[derive(Debug, Clone, Copy)]
pub struct Padded<A, C>(PhantomData<fn() -> (A, C)>);
/// `A - C`, for a runtime axis `A`: the output of a window of size `C + 1` without padding. Write
/// [`Difference<A, C>`](crate::size::Difference).
///
/// Formulas are simplified as if `A` were at least `C + 1`. A shorter axis holds no such window, and the layer
/// refuses it when it runs.
#[derive(Debug, Clone, Copy)]
pub struct Cropped<A, C>(PhantomData<fn() -> (A, C)>);
/// `A + B`, for two runtime axes that are concatenated. Write [`Sum<A, B>`](crate::size::Sum).
#[derive(Debug, Clone, Copy)]
pub struct Concatenated<A, B>(PhantomData<fn() -> (A, B)>);

macro_rules! runtime_axis {
    ($($axis:ident<A, $b:ident: $bound:ident>: $text:expr $(, $multiple:expr)?; )+) => { $(
        impl<A: RuntimeAxis, $b: $bound> $axis<A, $b> {
            const TEXT: Text = $text;
        }
        #[diagnostic::do_not_recommend]
        impl<A: RuntimeAxis, $b: $bound> Dim for $axis<A, $b> {
            __runtime! { Dim }
            const NAME: &'static str = Text::as_str(&Self::TEXT);
            $(const MULTIPLE_OF: usize = $multiple;)?
        }
    )+ };
}
runtime_axis! {
    CeilDiv<A, S: Size>: Text::call::<A>("ceil").then(" / ").then_axis::<S>().then(")");
    FloorDiv<A, S: Size>: Text::call::<A>("floor").then(" / ").then_axis::<S>().then(")");
    Upsampled<A, S: Size>: Text::axis::<A>().then(" * ").then_axis::<S>(),
        if S::USIZE == 0 { 1 } else { A::MULTIPLE_OF.saturating_mul(S::USIZE) };
    Padded<A, C: Size>: Text::axis::<A>().then(" + ").then_axis::<C>();
    Cropped<A, C: Size>: Text::axis::<A>().then(" - ").then_axis::<C>();
    Concatenated<A, B: RuntimeAxis>: Text::axis::<A>().then(" + ").then_axis::<B>();
}

// The right operand `B` isn't neutral: not 0 in a sum or a difference, not 1 in a product or a quotient.
#[diagnostic::do_not_recommend]
impl<A: RuntimeAxis, S: Size> N for CeilDiv<A, S> {
    __runtime! { N: Add Sub Mul Div }
    type DivUp<B: Size> = CeilDiv<A, B::Prod<S>>;
}
#[diagnostic::do_not_recommend]
impl<A: RuntimeAxis, S: Size> N for FloorDiv<A, S> {
    __runtime! { N: Add Sub Mul DivUp }
    type Div<B: Size> = QuotientOf<A, B::Prod<S>>;
}
#[diagnostic::do_not_recommend]
impl<A: RuntimeAxis, S: Size> N for Upsampled<A, S> {
    __runtime! { N: Add Sub }
    type Mul<B: Size> = Upsampled<A, B::Prod<S>>;
    type Div<B: Size> = Cancelled<S, Divide, Floor, A, B>;
    type DivUp<B: Size> = Cancelled<S, DivideUp, Ceil, A, B>;
}
#[diagnostic::do_not_recommend]
impl<A: RuntimeAxis, C: Size> N for Padded<A, C> {
    __runtime! { N: Mul }
    type Add<B: Size> = Padded<A, B::Sum<C>>;
    type Sub<B: Size> = <Below<C, B> as Bit>::ChooseAxis<MinusRest<C>, PlusRest<C>, A, B>;
    type Div<B: Size> =
        <Differs<C, Less<B, U1>> as Bit>::ChooseAxis<FloorPadded<C>, DivideUp, A, B>;
    type DivUp<B: Size> = UpByFloor<Self, B>;
}
#[diagnostic::do_not_recommend]
impl<A: RuntimeAxis, C: Size> N for Cropped<A, C> {
    __runtime! { N: Mul Div }
    // A window has at least one position, so `A` is larger than `C`, and `(A - C) + B` is never cut off at 0.
    type Add<B: Size> = <Below<B, C> as Bit>::ChooseAxis<MinusSurplus<C>, PlusSurplus<C>, A, B>;
    type Sub<B: Size> = Cropped<A, B::Sum<C>>;
    type DivUp<B: Size> = UpByFloor<Self, B>;
}
#[diagnostic::do_not_recommend]
impl<A: RuntimeAxis, B: RuntimeAxis> N for Concatenated<A, B> {
    __runtime! { N }
}
