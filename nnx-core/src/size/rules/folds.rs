//! The rule of `fold`: windows as vectors, as `unfold` makes them.

use crate::size::bit::Bit;
use crate::size::dim::Dim;

/// What `unfold` makes of an image; implemented where `S` is the same shape.
// Axes are compared by a projection of those of `Self`, which depend on parameters that the compiler infers later: it
// waits for them, instead of taking those of `S` and reporting a mismatch of types.
#[diagnostic::on_unimplemented(
    message = "windows of shape `{S}` can't be folded",
    label = "`unfold` with this window and these options gives shape `{Self}`",
    note = "give `fold` what `unfold` gave, with the same window, options and image: `(batch, positions.., window * channels)`"
)]
pub trait FoldedFrom<S> {}

/// An axis that is `A`.
pub trait SameAxis<A> {}
#[diagnostic::do_not_recommend]
impl<X: Dim, A: Dim> SameAxis<A> for X where X::IsOne: Equals<X, A> {}
/// `X` is `A`.
pub trait Equals<X, A> {}
impl<A, B: Bit> Equals<A, A> for B {}

macro_rules! folded {
    ($($($x:ident $a:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($x: Dim + SameAxis<$a>, $a: Dim),*> FoldedFrom<($($a,)*)> for ($($x,)*) {}
    )* };
}
folded! { X A Y B Z C; X A Y B Z C W D; X A Y B Z C W D V E; }
