//! The features that layers take: one rule a layer, since a message names its layer.

use super::{Axis, LastAxis, Reduce};
use crate::size::{Dim, DivisibleBy, Positive, Quotient, Shape, Size, StaticShape, U2};

// These rules and `ChannelsOf` stand in the `where` clause of a layer, not within another rule: rustc
// then points at the input.
macro_rules! features {
    ($($layer:literal $rule:ident $message:literal $note:literal;)*) => { $(
        #[doc = concat!("The last axis of an input `S` where `", $layer, "` takes `I` features: `I`.")]
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "the last axis is `{Self}`, not `{I}`",
            note = $note,
            note = "`x.flatten()` makes one axis of all axes behind the batch"
        )]
        pub trait $rule<S, I> {}
        #[diagnostic::do_not_recommend]
        impl<S, I> $rule<S, I> for I {}
    )* };
}
features! {
    "Linear" FeaturesOf
        "`Linear` takes `{I}` features, but its input has shape `{S}`"
        "write `Linear<{Self}, ..>` if these are the features, or give it an input whose last axis is `{I}`";
    "BatchNorm" BatchNormFeatures
        "`BatchNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `BatchNorm<{Self}>` if these are the features; they stand last, as in `(batch, height, width, {I})`";
    "GroupNorm" GroupNormFeatures
        "`GroupNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `GroupNorm<{Self}, ..>` if these are the features; they stand last, as in `(batch, height, width, {I})`";
    "InstanceNorm" InstanceNormFeatures
        "`InstanceNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `InstanceNorm<{Self}>` if these are the features; they stand last, as in `(batch, height, width, {I})`";
}

/// Features of `GroupNorm` that `G` groups of equal size hold.
#[diagnostic::on_unimplemented(
    message = "`GroupNorm` can't cut `{Self}` features into `{G}` groups",
    label = "the number of groups must divide the features",
    note = "the number of groups is the second parameter, 32 by default: `GroupNorm<{Self}, U1>` has one"
)]
pub trait InGroups<G: Size>: Size {}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<G>, G: Positive> InGroups<G> for A {}

/// A shape `(batch, .., features)`.
#[diagnostic::on_unimplemented(
    message = "a normalization of each example takes `(batch, .., features)`, but its input has shape `{Self}`",
    label = "expected a shape of rank 2 to 6",
    note = "`insert_axis::<0>()` makes one example a batch"
)]
pub trait BatchFirst: LastAxis {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Leading: LastAxis>> BatchFirst for S {}

/// A shape `(batch, space.., features)`.
#[diagnostic::on_unimplemented(
    message = "`InstanceNorm` takes `(batch, space.., features)`, but its input has shape `{Self}`",
    label = "expected a shape of rank 3 to 6: there is no axis to take statistics over",
    note = "`LayerNorm` normalizes the features of each example, `BatchNorm` each feature over the batch"
)]
pub trait WithSpace: LastAxis {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Leading: BatchFirst>> WithSpace for S {}

/// The sizes of one axis, `U64`, or of several next to one another, `(U8, U16)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a size nor a tuple of sizes",
    label = "expected a size such as `U64`, or a tuple of up to three such as `(U8, U16)`"
)]
pub trait Sizes: 'static {
    /// The shape of these axes alone.
    type Shape: StaticShape;
}
#[diagnostic::do_not_recommend]
impl<A: Size> Sizes for A {
    type Shape = (A,);
}

macro_rules! sizes {
    ($($($axis:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Size),*> Sizes for ($($axis,)*) {
            type Shape = Self;
        }
    )* };
}
sizes! { A; A B; A B C; }

/// A shape whose last axes are `F`: [`Sizes`].
#[diagnostic::on_unimplemented(
    message = "the last axes of `{Self}` aren't `{F}`",
    label = "expected a shape that ends with `{F}`"
)]
pub trait EndsWith<F: Sizes>: Shape {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last = F>, F: Size> EndsWith<F> for S {}

macro_rules! ends_with {
    ($([$($leading:ident)*] $($axis:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* $($axis: Size),*> EndsWith<($($axis,)*)>
            for ($($leading,)* $($axis,)*) {}
    )* };
}
ends_with! {
    [] X; [A] X; [A B] X; [A B C] X; [A B C D] X; [A B C D E] X;
    [] X Y; [A] X Y; [A B] X Y; [A B C] X Y; [A B C D] X Y;
    [] X Y Z; [A] X Y Z; [A B] X Y Z; [A B C] X Y Z;
}

/// An input of `LayerNorm<F>`: a shape whose last axes are `F`.
#[diagnostic::on_unimplemented(
    message = "`LayerNorm` normalizes `{F}` features, but its input has shape `{Self}`",
    label = "the last axes aren't `{F}`",
    note = "write `LayerNorm<..>` with the last axis of the input, or with a tuple of its last axes"
)]
pub trait LayerNormInput<F: Sizes>: EndsWith<F> {}
#[diagnostic::do_not_recommend]
impl<S: EndsWith<F>, F: Sizes> LayerNormInput<F> for S {}

/// An input of `RmsNorm<F>`: a shape whose last axes are `F`.
#[diagnostic::on_unimplemented(
    message = "`RmsNorm` normalizes `{F}` features, but its input has shape `{Self}`",
    label = "the last axes aren't `{F}`",
    note = "write `RmsNorm<..>` with the last axis of the input, or with a tuple of its last axes"
)]
pub trait RmsNormInput<F: Sizes>: EndsWith<F> {}
#[diagnostic::do_not_recommend]
impl<S: EndsWith<F>, F: Sizes> RmsNormInput<F> for S {}

/// A last axis that `glu` can cut into halves.
#[diagnostic::on_unimplemented(
    message = "`glu` cuts the last axis into halves, but `{Self}` is no even size",
    label = "expected a last axis of an even size",
    note = "one half is gated by the other: a layer in front gives twice the features that are wanted"
)]
pub trait InHalves: Dim {
    /// One half.
    type Half: Size;
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<U2>> InHalves for A {
    type Half = Quotient<A, U2>;
}

/// A shape along whose axes `A` one mask of `Dropout` is shared: `()`, `Axis<1>`, `(Axis<1>, Axis<2>)`.
#[diagnostic::on_unimplemented(
    message = "`Dropout` can't share its mask along `{A}` in an input of shape `{Self}`",
    label = "expected axes of this shape in ascending order, such as `(Axis<1>, Axis<2>)`"
)]
pub trait SharesMask<A>: Shape {
    /// The indices of the axes.
    const SHARED: &'static [usize];
}
#[diagnostic::do_not_recommend]
impl<S: Shape> SharesMask<()> for S {
    const SHARED: &'static [usize] = &[];
}
#[diagnostic::do_not_recommend]
impl<S: Reduce<Axis<I>>, const I: usize> SharesMask<Axis<I>> for S {
    const SHARED: &'static [usize] = S::INDICES;
}
#[diagnostic::do_not_recommend]
impl<S: Reduce<(A, B)>, A, B> SharesMask<(A, B)> for S {
    const SHARED: &'static [usize] = S::INDICES;
}
#[diagnostic::do_not_recommend]
impl<S: Reduce<(A, B, C)>, A, B, C> SharesMask<(A, B, C)> for S {
    const SHARED: &'static [usize] = S::INDICES;
}
