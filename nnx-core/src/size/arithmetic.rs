//! Arithmetic on sizes, and the guards: conditions with a message of their own.

use super::bit::{Bit, True};
use super::dim::{Dim, Size};
use super::nat::{AtLeast, Nat, One};
use super::number::N;

// Each alias dispatches on the right operand first: if that is neutral (0 for a sum, 1 for a product), the
// result is the left operand itself. So `H` stays `H` even where `H` is a parameter.

/// `A + B`: the size of two axes that are concatenated.
pub type Sum<A, B> = <B as N>::Sum<A>;
/// `A * B`, of an axis and a size: the size of `A` after upsampling by `B`.
pub type Product<A, B> = <B as N>::Prod<A>;
/// `max(A - B, 0)`, of an axis and a size.
pub type Minus<A, B> = <B as N>::RSub<A>;
/// `A / B`, rounded down, of an axis and a size: the number of windows of size and stride `B` along `A`, as in
/// `max_pool`. Guard with [`DivisibleBy`] if a remainder would be a mistake.
pub type Quotient<A, B> = <B as N>::RDiv<A>;
/// `A / B`, rounded up, of an axis and a size: the output of a stride of `B` along `A` with `Same` padding.
pub type QuotientUp<A, B> = <B as N>::RDivUp<A>;
/// Positions of a window of size `W` along `A` with stride `S`: `(A - W) / S + 1`, rounded down, and 0 if `A`
/// is smaller than `W`. Guard with [`Fits`].
///
/// If `A` is a parameter, this is the same type as a simpler formula:
///
/// | window and stride | the same type as |
/// |---|---|
/// | `Windows<A, W, U1>` | `Minus<A, Minus<W, U1>>`, which is `A` for a window of 1 |
/// | `Windows<A, U2, U2>`, any known window with a stride of its own size | `Quotient<A, U2>` |
/// | `Windows<A, U1, U2>`, a window of 1 | `QuotientUp<A, U2>` |
pub type Windows<A, W, S> = <S as N>::Striding<W, A>;
/// The extent of a window of `K` elements with dilation `D`: `(K - 1) D + 1`. It is 0 if `K` is 0.
pub type Dilated<K, D> = <D as N>::RDilate<K>;

// Each guard has a message of its own, which prints sizes in decimal. `do_not_recommend` keeps rustc from
// mentioning the type-level boolean that decides the guard.

/// Guard: the size is a multiple of `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't divisible by `{D}`",
    label = "expected a size that `{D}` divides"
)]
pub trait DivisibleBy<D: Size>: Size {}
#[diagnostic::do_not_recommend]
impl<A: Size<IsMultiple<D>: True>, D: Size> DivisibleBy<D> for A {}

/// Guard: a window of size `W` fits into this axis. A runtime axis always satisfies it, since its size is
/// checked at run time. For a size it is equivalent to [`Fits`].
#[diagnostic::on_unimplemented(
    message = "a window of `{W}` doesn't fit into `{Self}`",
    label = "the window is larger than its input",
    note = "make the window smaller, or pad the input (`Same` always fits)"
)]
pub trait HoldsWindow<W: Size>: Dim {}
#[diagnostic::do_not_recommend]
impl<A: Dim, W: Size> HoldsWindow<W> for A where
    <<A::IsKnown as Bit>::Not as Bit>::Or<AtLeast<A::Nat, W::Nat>>: True
{
}

/// Guard: a window of size `W` fits into this size.
#[diagnostic::on_unimplemented(
    message = "a window of `{W}` doesn't fit into `{Self}`",
    label = "the window is larger than its input",
    note = "make the window smaller, or pad the input (`Same` always fits)"
)]
pub trait Fits<W: Size>: Size + HoldsWindow<W> {}
#[diagnostic::do_not_recommend]
impl<A: Size, W: Size> Fits<W> for A where AtLeast<A::Nat, W::Nat>: True {}

/// Guard: the size isn't 0.
#[diagnostic::on_unimplemented(
    message = "a window can't have a size, a stride or a dilation of `{Self}`: each is at least 1",
    label = "`{Self}` where at least 1 is needed"
)]
pub trait Positive: Size {}
#[diagnostic::do_not_recommend]
impl<A: Size> Positive for A where <<A::Nat as Nat>::IsZero as Bit>::Not: True {}

/// Guard: an axis has at least one element, or its length is known at run time only.
#[diagnostic::on_unimplemented(
    message = "a pool or convolution needs an axis of at least one element, found `{Self}`",
    label = "`{Self}` where at least 1 is needed"
)]
pub trait NotEmpty: Dim {}
#[diagnostic::do_not_recommend]
impl<A: Dim> NotEmpty for A where <<A::CountInto<One> as Nat>::IsZero as Bit>::Not: True {}
