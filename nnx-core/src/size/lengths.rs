//! Arithmetic on axes: the result for a size is a size; for a runtime axis it is an axis named after the
//! formula.
//!
//! | alias | value for a size | type for a runtime axis | used by |
//! |---|---|---|---|
//! | `Quotient<H, U2>` | `H / 2` | [`FloorDiv<H, U<2>>`](FloorDiv) | `max_pool::<(U2, U2)>()` |
//! | `QuotientUp<H, U2>` | `⌈H / 2⌉` | [`CeilDiv<H, U<2>>`](CeilDiv) | a stride of 2 under `Same` padding |
//! | `Product<H, U2>` | `2 H` | [`Upsampled<H, U<2>>`](Upsampled) | upsampling, transposed convolutions |
//! | `Sum<H, U2>` | `H + 2` | [`Padded<H, U<2>>`](Padded) | concatenation with a size |
//! | `Sum<H, W>` | `H + W` | [`Concatenated<H, W>`](Concatenated) | concatenation with a runtime axis |
//! | `Minus<H, U2>` | `H - 2` | [`Cropped<H, U<2>>`](Cropped) | a window of 3 without padding |
//!
//! Formulas are simplified to one form, so that lengths that are equal for every `H` are the same type, as far
//! as that is cheap to decide. A quotient of a quotient becomes a quotient by the product, `CeilDiv<H, U4>`. A
//! multiplication followed by a division by the same factor cancels, and so do padding and cropping by the same
//! size. The positions of a window of 3 with stride 2 and a padding of 1 on both sides are `CeilDiv<H, U2>`, as
//! for `Same`.
//!
//! Each operation dispatches on the right operand first. If that is neutral, the result is the axis itself,
//! even if a part of the axis is a type parameter.

mod axes;
mod rules;
mod text;

use std::marker::PhantomData;

pub use axes::{CeilDiv, Concatenated, Cropped, FloorDiv, Padded, Upsampled};
use rules::*;
pub(super) use text::Text;

use super::bit::Bit;
use super::dim::{Dim, Size};
use super::nat::AtLeast;

/// The results of arithmetic on an axis. Programs use the aliases [`Sum`](super::Sum),
/// [`Product`](super::Product) and the others to write these types.
pub trait Len: 'static {
    /// `A + self`.
    type AddedTo<A: Dim>: Dim;
    /// `self + B`, for a runtime axis `B`.
    type Before<B: Dim>: Dim;
    /// `self + B`.
    type Add<B: Size>: Dim;
    /// `self - B`, at least 0.
    type Sub<B: Size>: Dim;
    /// `self * B`.
    type Mul<B: Size>: Dim;
    /// `self / B`, rounded down.
    type Div<B: Size>: Dim;
    /// `self / B`, rounded up.
    type DivUp<B: Size>: Dim;
    /// The length with `B - 1` zeros between neighbouring elements.
    type Dilate<B: Size>: Dim;
    /// Positions of a window `W` with stride `S`.
    type Windows<W: Size, S: Size>: Dim;
    /// Whether a window `W` fits, as far as the compiler knows; true for a runtime axis.
    type Holds<W: Size>: Bit;
}

/// The arithmetic of a size.
#[derive(Debug)]
pub struct Known<N>(PhantomData<N>);
impl<N: Size> Len for Known<N> {
    type AddedTo<A: Dim> = <A::Len as Len>::Add<N>;
    type Before<B: Dim> = <B::Len as Len>::Add<N>;
    type Add<B: Size> = B::Sum<N>;
    type Sub<B: Size> = B::RSub<N>;
    type Mul<B: Size> = B::Prod<N>;
    type Div<B: Size> = B::RDiv<N>;
    type DivUp<B: Size> = B::RDivUp<N>;
    type Dilate<B: Size> = B::RDilate<N>;
    type Windows<W: Size, S: Size> = S::Striding<W, N>;
    type Holds<W: Size> = AtLeast<N::Nat, W::Nat>;
}

/// The arithmetic of a runtime axis without simplification rules, such as one declared by `axis!`.
#[derive(Debug)]
pub struct Unknown<A>(PhantomData<A>);
impl<A: Dim> Len for Unknown<A> {
    lengths! { A: Sum Add Sub Mul Div DivUp Dilate Windows }
}
