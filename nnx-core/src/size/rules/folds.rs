//! The rule of `fold`: windows as vectors, as `unfold` makes them.

use crate::size::bit::Bit;
use crate::size::dim::Dim;

/// The shape of `unfold`'s output; implemented for an `S` that is the same shape.
// The axes of `Self` are compared by way of an associated type. `Self` may contain parameters that the compiler infers
// later. A direct comparison would infer them from `S`, and report a mismatch of types; an associated type makes it
// wait.
#[diagnostic::on_unimplemented(
    message = "windows of shape `{S}` can't be folded",
    label = "`unfold` with this window and these options gives shape `{Self}`",
    note = "give `fold` what `unfold` gave, with the same window, options and image: `(batch, positions.., window * channels)`"
)]
pub trait FoldedFrom<S> {}

/// Implemented by the axis `A` alone: type equality of axes as a bound.
pub trait SameAxis<A> {}
#[diagnostic::do_not_recommend]
impl<X: Dim, A: Dim> SameAxis<A> for X where X::IsOne: Equals<X, A> {}
/// Implemented where `X` and `A` are the same type.
pub trait Equals<X, A> {}
impl<A, B: Bit> Equals<A, A> for B {}

macro_rules! folded {
    ($($($x:ident $a:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($x: Dim + SameAxis<$a>, $a: Dim),*> FoldedFrom<($($a,)*)> for ($($x,)*) {}
    )* };
}
folded! { X A Y B Z C; X A Y B Z C W D; X A Y B Z C W D V E; }
