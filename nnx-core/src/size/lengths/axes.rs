//! Runtime axes whose length is computed from the length of another runtime axis.

use std::marker::PhantomData;

use super::rules::*;
use super::{Len, Text, Unknown};
use crate::size::bit::{Bit, Bit0};
use crate::size::dim::{Dim, Size};
use crate::size::nat::Nat;

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
/// [`Minus<A, C>`](crate::size::Minus).
#[derive(Debug, Clone, Copy)]
pub struct Cropped<A, C>(PhantomData<fn() -> (A, C)>);
/// `A + B`, for two runtime axes that are concatenated. Write [`Sum<A, B>`](crate::size::Sum).
#[derive(Debug, Clone, Copy)]
pub struct Concatenated<A, B>(PhantomData<fn() -> (A, B)>);

macro_rules! runtime_axis {
    ($($axis:ident<A, $b:ident: $bound:ident>: $lengths:ty, $text:expr $(, $multiple:expr)?;)+) => { $(
        impl<A: Dim, $b: $bound> $axis<A, $b> {
            const TEXT: Text = $text;
        }
        #[diagnostic::do_not_recommend]
        impl<A: Dim, $b: $bound> Dim for $axis<A, $b> {
            const SIZE: Option<usize> = None;
            const NAME: &'static str = Text::of(&Self::TEXT);
            $(const MULTIPLE_OF: usize = $multiple;)?
            type IsOne = Bit0;
            type CountInto<N: Nat> = N;
            type RuntimeInto<L: 'static> = (Self, L);
            type Len = $lengths;
        }
    )+ };
}
runtime_axis! {
    CeilDiv<A, S: Size>: Self, Text::call::<A>("ceil").then(" / ").then_axis::<S>().then(")");
    FloorDiv<A, S: Size>: Self, Text::call::<A>("floor").then(" / ").then_axis::<S>().then(")");
    Upsampled<A, S: Size>: Self, Text::axis::<A>().then(" * ").then_axis::<S>(),
        if S::USIZE == 0 { 1 } else { A::MULTIPLE_OF.saturating_mul(S::USIZE) };
    Padded<A, C: Size>: Self, Text::axis::<A>().then(" + ").then_axis::<C>();
    Cropped<A, C: Size>: Self, Text::axis::<A>().then(" - ").then_axis::<C>();
    Concatenated<A, B: Dim>: Unknown<Self>, Text::axis::<A>().then(" + ").then_axis::<B>();
}

impl<A: Dim, S: Size> Len for CeilDiv<A, S> {
    lengths! { Self: Sum Add Sub Mul Div Dilate Windows }
    type DivUp<B: Size> = CeilDiv<A, B::Prod<S>>;
}
impl<A: Dim, S: Size> Len for FloorDiv<A, S> {
    lengths! { Self: Sum Add Sub Mul DivUp Dilate Windows }
    type Div<B: Size> = <B::IsOne as Bit>::ChooseAxis<FloorBy<S>, FloorByProduct<S>, A, B>;
}
impl<A: Dim, S: Size> Len for Upsampled<A, S> {
    lengths! { Self: Sum Add Sub Dilate Windows }
    type Mul<B: Size> = Upsampled<A, B::Prod<S>>;
    type Div<B: Size> =
        <B::IsOne as Bit>::ChooseAxis<RepeatBy<S>, DivideRepeated<S, Divide, Floor>, A, B>;
    type DivUp<B: Size> =
        <B::IsOne as Bit>::ChooseAxis<RepeatBy<S>, DivideRepeated<S, DivideUp, Ceil>, A, B>;
}
impl<A: Dim, C: Size> Len for Padded<A, C> {
    lengths! { Self: Sum Mul DivUpByDiv Dilate Windows }
    type Add<B: Size> = Padded<A, B::Sum<C>>;
    type Sub<B: Size> = <IsZero<B> as Bit>::ChooseAxis<PadBy<C>, CropPadded<C>, A, B>;
    type Div<B: Size> = <B::IsOne as Bit>::ChooseAxis<PadBy<C>, DividePadded<C>, A, B>;
}
impl<A: Dim, C: Size> Len for Cropped<A, C> {
    lengths! { Self: Sum Mul Div DivUpByDiv Dilate Windows }
    type Add<B: Size> = <IsZero<B> as Bit>::ChooseAxis<CropBy<C>, PadCropped<C>, A, B>;
    type Sub<B: Size> = Cropped<A, B::Sum<C>>;
}
