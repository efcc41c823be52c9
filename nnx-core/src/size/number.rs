//! The trait of arithmetic on axes. Its names are short because the compiler prints them.

use super::bit::{Bit, Operation};
use super::dim::{Dim, Size};
use super::lengths::RuntimeAxis;

/// The arithmetic of an axis: a [`Size`], or a runtime axis. Programs write the aliases of the second column. Where
/// an operand is a generic parameter, the compiler can't compute the result and prints the type of the first column:
///
/// | printed by the compiler | written in programs | value |
/// |---|---|---|
/// | `<H as N>::Add<U<2>>`, `<W as N>::Sum<H>` | [`Sum<H, U2>`](super::Sum), `Sum<H, W>` | `H + 2`, `H + W` |
/// | `<H as N>::Mul<U<2>>`, `<W as N>::Prod<H>` | [`Product<H, U2>`](super::Product), .. | `H * 2`, `H * W` |
/// | `<H as N>::Sub<U<2>>`, `<W as N>::RSub<H>` | [`Difference<H, U2>`](super::Difference), .. | `H - 2`, `H - W` |
/// | `<H as N>::Div<U<2>>`, `<W as N>::RDiv<H>` | [`Quotient<H, U2>`](super::Quotient), .. | `H / 2`, `H / W` |
/// | `<H as N>::DivUp<U<2>>`, `<W as N>::RDivUp<H>` | [`QuotientUp<H, U2>`](super::QuotientUp), .. | the same, rounded up |
/// | `<H as N>::Dilate<U<2>>`, `<W as N>::RDilate<H>` | [`Dilated<H, U2>`](super::Dilated), .. | `(H - 1) 2 + 1`, `(H - 1) W + 1` |
/// | `<H as N>::Windows<U<3>, U<2>>` | [`Windows<H, U3, U2>`](super::Windows) | windows of 3, stride 2, along `H` |
///
/// `Sum`, `Prod` and the names that begin with `R` are implemented by the right operand: `<W as N>::RSub<H>` is
/// `H - W`, like `__rsub__` in Python.
///
/// Evaluation dispatches on the right operand first. If the right operand is known and neutral, such as 1 for a
/// product, the result is the left operand itself, even if that is a parameter. Otherwise, if the left operand
/// is known too, the result is computed. Otherwise the result stays an unevaluated projection. So each
/// operation on a parameter adds one level to the type. The level stays folded: rustc doesn't expand it into a
/// choice between these cases, which would repeat the operand.
///
/// The name has one letter because the compiler prints it once for each operation, and prints paths of traits
/// in full: `nnx::Size`, if a program has that name from `use nnx::prelude::*`. The trait has a module of its
/// own so that glob imports don't bring it. No program needs to name `N`, and it is a common name for a type
/// parameter.
pub trait N {
    /// Whether this is a [`Size`]: true for a size, false for a runtime axis. The result of an operation on a
    /// size is a size.
    type IsKnown: Bit;

    // In the operations up to the next comment, self is the right operand.
    /// `A + self`.
    type Sum<A: Dim>: Dim<IsKnown = <Self::IsKnown as Bit>::And<A::IsKnown>>;
    /// `A * self`.
    type Prod<A: Dim>: Dim<IsKnown = A::IsKnown>;
    /// `A - self`, which is [`BelowZero`](super::BelowZero) if `self` is larger.
    type RSub<A: Dim>: Dim<IsKnown = A::IsKnown>;
    /// `A / self`, rounded down.
    type RDiv<A: Dim>: Dim<IsKnown = A::IsKnown>;
    /// `A / self`, rounded up.
    type RDivUp<A: Dim>: Dim<IsKnown = A::IsKnown>;
    /// `(A - 1) self + 1`.
    type RDilate<A: Dim>: Dim<IsKnown = A::IsKnown>;
    /// Positions of a window of size `W` along `A`, where self is the stride.
    type Striding<W: Size, A: Dim>: Dim<IsKnown = A::IsKnown>;
    /// Positions of a window along `A`, where self is the size of the window and `S` the stride, known and
    /// larger than 1.
    type Sliding<S: Size, A: Dim>: Dim<IsKnown = A::IsKnown>;

    // In the operations from here on, self is the left operand. The right operand is known, and isn't neutral.
    /// `self + B`.
    type Add<B: Size>: Dim<IsKnown = Self::IsKnown>;
    /// `self + B`, for a runtime axis `B`.
    type Join<B: RuntimeAxis>: RuntimeAxis;
    /// `self * B`.
    type Mul<B: Size>: Dim<IsKnown = Self::IsKnown>;
    /// `self - B`, which is [`BelowZero`](super::BelowZero) if `B` is larger.
    type Sub<B: Size>: Dim<IsKnown = Self::IsKnown>;
    /// `self / B`, rounded down.
    type Div<B: Size>: Dim<IsKnown = Self::IsKnown>;
    /// `self / B`, rounded up.
    type DivUp<B: Size>: Dim<IsKnown = Self::IsKnown>;
    /// `(self - 1) B + 1`.
    type Dilate<B: Size>: Dim<IsKnown = Self::IsKnown>;
    /// Positions of a window of size `W` along self, with stride `S`.
    type Windows<W: Size, S: Size>: Dim<IsKnown = Self::IsKnown>;
    /// The operation `O` on self and a `B` that is no size, such as [`TooLarge`](super::TooLarge): it is `B` if self is a
    /// size.
    type Exceed<O: Operation, B: Size>: Dim<IsKnown = Self::IsKnown>;
}
