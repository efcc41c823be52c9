//! Sizes as natural numbers: the operations, under names that print short.

use super::sizes::Size;

/// The arithmetic of a [`Size`], a natural number. Programs write the aliases; the compiler prints what
/// stands here, where an operand is a parameter:
///
/// | printed | written | is |
/// |---|---|---|
/// | `<H as N>::Add<U<2>>`, `<W as N>::Sum<H>` | [`Sum<H, U2>`](super::Sum), `Sum<H, W>` | `H + 2`, `H + W` |
/// | `<H as N>::Mul<U<2>>`, `<W as N>::Prod<H>` | [`Product<H, U2>`](super::Product), .. | `H * 2`, `H * W` |
/// | `<H as N>::Sub<U<2>>`, `<W as N>::RSub<H>` | [`Minus<H, U2>`](super::Minus), .. | `H - 2`, `H - W` |
/// | `<H as N>::Div<U<2>>`, `<W as N>::RDiv<H>` | [`Quotient<H, U2>`](super::Quotient), .. | `H / 2`, `H / W` |
/// | `<H as N>::DivUp<U<2>>`, `<W as N>::RDivUp<H>` | [`QuotientUp<H, U2>`](super::QuotientUp), .. | the same, rounded up |
/// | `<H as N>::Dilate<U<2>>`, `<W as N>::RDilate<H>` | [`Dilated<H, U2>`](super::Dilated), .. | `(H - 1) 2 + 1`, `(H - 1) W + 1` |
/// | `<H as N>::Windows<U<3>, U<2>>` | [`Windows<H, U3, U2>`](super::Windows) | positions of a window of 3 by steps of 2 over `H` |
///
/// `R` is for right: `<W as N>::RSub<H>` is `H - W`, as `__rsub__` is in Python.
///
/// The right operand is asked first: if it is known, and neutral, as 1 is for a product, the left operand
/// itself is the result, whether it is known or not. Else the left operand is asked, and computes if it
/// is known too. So a term that holds a parameter grows by one step an operation, and stays folded.
///
/// The trait has a name of one letter, and a module of its own, since each step prints it, and in full: rustc writes
/// `nnx::Size` once a program has that name from `use nnx::prelude::*`. No program needs to name `N`, and glob imports
/// must not bring it, since many a parameter has this name.
pub trait N {
    /// `A + self`.
    type Sum<A: Size>: Size;
    /// `A * self`.
    type Prod<A: Size>: Size;
    /// `A - self`, at least 0.
    type RSub<A: Size>: Size;
    /// `A / self`, rounded down.
    type RDiv<A: Size>: Size;
    /// `A / self`, rounded up.
    type RDivUp<A: Size>: Size;
    /// `(A - 1) self + 1`.
    type RDilate<A: Size>: Size;
    /// Positions of a window `W` over `A` by steps of self.
    type Striding<W: Size, A: Size>: Size;
    /// Positions of a window of self over `A` by steps of `S`, which is known and larger than 1.
    type Sliding<S: Size, A: Size>: Size;

    /// `self + B`.
    type Add<B: Size>: Size;
    /// `self * B`.
    type Mul<B: Size>: Size;
    /// `self - B`, at least 0.
    type Sub<B: Size>: Size;
    /// `self / B`, rounded down.
    type Div<B: Size>: Size;
    /// `self / B`, rounded up.
    type DivUp<B: Size>: Size;
    /// `(self - 1) B + 1`.
    type Dilate<B: Size>: Size;
    /// Positions of a window `W` over self by steps of `S`.
    type Windows<W: Size, S: Size>: Size;
}
