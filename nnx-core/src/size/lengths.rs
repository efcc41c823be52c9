//! What operations make of an axis: a size is computed, a runtime axis becomes an axis named after the formula.
//!
//! | of `H` | a size | a runtime axis | where it comes from |
//! |---|---|---|---|
//! | `Quotient<H, U2>` | `H / 2` | [`FloorDiv<H, U<2>>`](FloorDiv) | `max_pool::<(U2, U2)>()` |
//! | `QuotientUp<H, U2>` | `⌈H / 2⌉` | [`CeilDiv<H, U<2>>`](CeilDiv) | a stride of 2 under `Same` padding |
//! | `Product<H, U2>` | `2 H` | [`Upsampled<H, U<2>>`](Upsampled) | upsampling, transposed convolutions |
//! | `Sum<H, U2>` | `H + 2` | [`Padded<H, U<2>>`](Padded) | concatenation with a size |
//! | `Sum<H, W>` | `H + W` | [`Concatenated<H, W>`](Concatenated) | concatenation with a runtime axis |
//! | `Minus<H, U2>` | `H - 2` | [`Cropped<H, U<2>>`](Cropped) | a window of 3 without padding |
//!
//! Each length has one form, so that lengths which are equal for every `H` are one type, as far as that is
//! cheap to tell: a quotient of a quotient is a quotient by the product, `CeilDiv<H, U4>`; a factor that is
//! divided by again goes away; what is padded and cropped again is as long as it was; and the positions of a
//! window of 3 by steps of 2 with a padding of 1 and 1 are `CeilDiv<H, U2>`, as under `Same`.
//!
//! Every rule asks its right operand first: if that is neutral, the axis stays as it is, also where a part
//! of its name is a parameter.

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

/// What operations make of an axis. The aliases [`Sum`](super::Sum), [`Product`](super::Product) and the others
/// are the way to write these types.
pub trait Len: 'static {
    /// `A` and the axis.
    type AddedTo<A: Dim>: Dim;
    /// The axis and the runtime axis `B`.
    type Before<B: Dim>: Dim;
    /// The axis and a size `B`.
    type Add<B: Size>: Dim;
    /// `B` elements less, at least none.
    type Sub<B: Size>: Dim;
    /// `B` times the axis.
    type Mul<B: Size>: Dim;
    /// The axis by `B`, rounded down.
    type Div<B: Size>: Dim;
    /// The axis by `B`, rounded up.
    type DivUp<B: Size>: Dim;
    /// The axis with `B - 1` zeros between its elements.
    type Dilate<B: Size>: Dim;
    /// Positions of a window `W` by steps of `S`.
    type Windows<W: Size, S: Size>: Dim;
    /// Does a window `W` fit, as far as that is known?
    type Holds<W: Size>: Bit;
}

/// The lengths of a size.
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

/// The lengths of a runtime axis of which no rule is known.
#[derive(Debug)]
pub struct Unknown<A>(PhantomData<A>);
impl<A: Dim> Len for Unknown<A> {
    lengths! { A: Sum Add Sub Mul Div DivUp Dilate Windows }
}
