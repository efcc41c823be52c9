//! Arithmetic on sizes, and the guards: conditions with a message of their own.

use super::bit::{Bit, True};
use super::dim::{Dim, Size};
use super::lengths::Len;
use super::nat::{AtLeast, Nat, One};

// Of a size `A` these are what `Size` computes. There the right operand is asked first: where it is the
// neutral one the result is the left operand itself, and not a number with its value. So `H` stays `H` where it
// is a parameter, of which the compiler knows no number. Of a runtime axis they are axes: see `lengths`.

/// `A + B`: what concatenation makes of two axes.
pub type Sum<A, B> = <<B as Dim>::Len as Len>::AddedTo<A>;
/// `A * B`, of an axis and a size: what upsampling by `B` makes of `A`.
pub type Product<A, B> = <<A as Dim>::Len as Len>::Mul<B>;
/// `max(A - B, 0)`, of an axis and a size.
pub type Minus<A, B> = <<A as Dim>::Len as Len>::Sub<B>;
/// `A / B`, rounded down, of an axis and a size: what windows of `B` that move by `B` leave of `A`, as
/// `max_pool` does. Guard with [`DivisibleBy`] where a remainder would be a mistake.
pub type Quotient<A, B> = <<A as Dim>::Len as Len>::Div<B>;
/// `A / B`, rounded up, of an axis and a size: what a stride of `B` leaves of `A` under `Same` padding.
pub type QuotientUp<A, B> = <<A as Dim>::Len as Len>::DivUp<B>;
/// Positions of a window `W` that moves over `A` by steps of `S`: `(A - W) / S + 1`, rounded down, and 0
/// where `A` is smaller than `W`. Guard with [`Fits`].
///
/// For a parameter `A` this is the size that one would write for it:
///
/// | window and steps | the same as |
/// |---|---|
/// | `Windows<A, W, U1>` | `Minus<A, Minus<W, U1>>`, which is `A` for a window of 1 |
/// | `Windows<A, U2, U2>`, any known window by steps of its own size | `Quotient<A, U2>` |
/// | `Windows<A, U1, U2>`, a window of 1 | `QuotientUp<A, U2>` |
pub type Windows<A, W, S> = <<A as Dim>::Len as Len>::Windows<W, S>;
/// A window of `K` whose elements stand `D` apart reaches over `(K - 1) D + 1`. An empty one reaches over 0.
pub type Dilated<K, D> = <<K as Dim>::Len as Len>::Dilate<D>;

// A guard's message stands on the guard itself, where all that it prints is in decimal;
// `do_not_recommend` keeps rustc from telling of the bit that decides it.

/// Guard: the size is a multiple of `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't divisible by `{D}`",
    label = "a remainder would be left"
)]
pub trait DivisibleBy<D: Size>: Size {}
#[diagnostic::do_not_recommend]
impl<A: Size<IsMultiple<D>: True>, D: Size> DivisibleBy<D> for A {}

/// Guard: a window of size `W` fits into this axis. Any fits into a runtime axis, which is measured when
/// the program runs. Of a size it says the same as [`Fits`].
#[diagnostic::on_unimplemented(
    message = "a window of `{W}` doesn't fit into `{Self}`",
    label = "the window is larger than its input",
    note = "make the window smaller, or pad the input (`Same` always fits)"
)]
pub trait HoldsWindow<W: Size>: Dim {}
#[diagnostic::do_not_recommend]
impl<A: Dim, W: Size> HoldsWindow<W> for A where <A::Len as Len>::Holds<W>: True {}

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

/// Guard: an axis has elements, or its length is known at run time only.
#[diagnostic::on_unimplemented(
    message = "an axis of size `{Self}` holds nothing to pool or to convolve",
    label = "`{Self}` where at least 1 is needed"
)]
pub trait NotEmpty: Dim {}
#[diagnostic::do_not_recommend]
impl<A: Dim> NotEmpty for A where <<A::CountInto<One> as Nat>::IsZero as Bit>::Not: True {}
