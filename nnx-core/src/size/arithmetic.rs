//! Arithmetic on sizes, and the guards: conditions with a message of their own.

use typenum::B1;

use super::dim::Size;
use super::nat::{AtLeast, Bit, Nat, Saturating};

type NatOf<A> = <A as Size>::Nat;
type SizeOf<N> = <N as Nat>::Size;

/// `A + B`.
pub type Sum<A, B> = SizeOf<<NatOf<A> as Nat>::Plus<NatOf<B>>>;
/// `A * B`.
pub type Product<A, B> = SizeOf<<NatOf<A> as Nat>::Times<NatOf<B>>>;
/// `max(A - B, 0)`.
pub type Minus<A, B> = SizeOf<Saturating<NatOf<A>, NatOf<B>>>;
/// `A / B`, rounded down. Guard with [`DivisibleBy`] where a remainder would be a mistake.
pub type Quotient<A, B> = SizeOf<<NatOf<A> as Nat>::Quotient<NatOf<B>>>;
/// Positions of a window `W` that moves over `A` by steps of `S`: `(A - W) / S + 1`, rounded down.
/// Guard with [`Fits`].
pub type Windows<A, W, S> =
    SizeOf<<<Saturating<NatOf<A>, NatOf<W>> as Nat>::Quotient<NatOf<S>> as Nat>::Succ>;

/// Guard: the size is a multiple of `D`.
pub trait DivisibleBy<D: Size>: Size {}
impl<A: Size, D: Size> DivisibleBy<D> for A where
    <<A::Nat as Nat>::Remainder<D::Nat> as Nat>::IsZero: Divides<A, D>
{
}
/// The text of [`DivisibleBy`]: it stands on the leaf, whose parameters print in decimal.
#[diagnostic::on_unimplemented(
    message = "`{A}` isn't divisible by `{D}`",
    label = "a remainder would be left"
)]
pub trait Divides<A, D> {}
impl<A, D> Divides<A, D> for B1 {}

/// Guard: a window of size `W` fits into this size.
pub trait Fits<W: Size>: Size {}
impl<A: Size, W: Size> Fits<W> for A where AtLeast<A::Nat, W::Nat>: Holds<A, W> {}
/// The text of [`Fits`].
#[diagnostic::on_unimplemented(
    message = "a window of `{W}` doesn't fit into `{A}`",
    label = "the window is larger than its input",
    note = "make the window smaller, or pad the input (`Same` always fits)"
)]
pub trait Holds<A, W> {}
impl<A, W> Holds<A, W> for B1 {}

/// Guard: the size isn't 0.
pub trait Positive: Size {}
impl<A: Size> Positive for A where <<A::Nat as Nat>::IsZero as Bit>::Not: NotZero<A> {}
/// The text of [`Positive`].
#[diagnostic::on_unimplemented(
    message = "`{A}` can't be used here: it must be at least 1",
    label = "a stride, a dilation or a window of 0"
)]
pub trait NotZero<A> {}
impl<A> NotZero<A> for B1 {}
