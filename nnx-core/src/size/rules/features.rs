//! The rules for features of layers: one trait per layer, since each message names its layer.

use super::{Append, Axis, EndsWith, LastAxis, Reduce, Sizes};
use crate::size::{Dim, DivisibleBy, Positive, Quotient, Shape, Size, U2};

// These traits and `ChannelsOf` are direct bounds in the `where` clause of a layer, not bounds within another
// trait: rustc then points at the input.
macro_rules! features {
    ($($layer:literal $rule:ident $message:literal $($note:literal)+;)*) => { $(
        #[doc = concat!("The last axis of an input `S` where `", $layer, "` takes `I` features: `I`.")]
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "the last axis is `{Self}`, not `{I}`",
            $(note = $note),+
        )]
        pub trait $rule<S, I> {}
        #[diagnostic::do_not_recommend]
        impl<S, I> $rule<S, I> for I {}
    )* };
}
features! {
    "Linear" FeaturesOf
        "`Linear` takes `{I}` features, but its input has shape `{S}`"
        "write `Linear<{Self}, ..>` if these are the features, or give it an input whose last axis is `{I}`"
        "`x.flatten()` makes one axis of all axes behind the batch";
    "BatchNorm" BatchNormFeatures
        "`BatchNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `BatchNorm<{Self}>` if these are the features; they stand last, as in `(batch, height, width, {I})`";
    "Embed::attend" AttendFeatures
        "`Embed::attend` takes queries of `{I}` features, but these have shape `{S}`"
        "the last axis of the queries is that of the embeddings: `{I}`";
    "Lora" LoraFeatures
        "`Lora` takes `{I}` features, but its input has shape `{S}`"
        "write `Lora<{Self}, ..>` if these are the features, or give it an input whose last axis is `{I}`";
    "LoraLinear" LoraLinearFeatures
        "`LoraLinear` takes `{I}` features, but its input has shape `{S}`"
        "write `LoraLinear<{Self}, ..>` if these are the features, or give it an input whose last axis is `{I}`";
    "GroupNorm" GroupNormFeatures
        "`GroupNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `GroupNorm<{Self}, ..>` if these are the features; they stand last, as in `(batch, height, width, {I})`";
    "InstanceNorm" InstanceNormFeatures
        "`InstanceNorm` takes `{I}` features, but its input has shape `{S}`"
        "write `InstanceNorm<{Self}>` if these are the features; they stand last, as in `(batch, height, width, {I})`";
}

/// A shape that ends with `In`: the input of `LinearGeneral<In, Out>`.
#[diagnostic::on_unimplemented(
    message = "`LinearGeneral` contracts the last axes `{In}`, but its input has shape `{Self}`",
    label = "the last axes aren't `{In}`, or too many axes would come out",
    note = "`permute` puts other axes last; a tensor has at most six axes"
)]
pub trait Contracted<In, Out>: Shape {
    /// The shape with `Out` in place of these axes.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<S, In: Sizes, Out: Sizes> Contracted<In, Out> for S
where
    S: EndsWith<In, Leading: Append<Out::Shape>>,
{
    type Output = <S::Leading as Append<Out::Shape>>::Output;
}

/// A shape to which an axis `F` can be appended: the indices for `Embed`.
#[diagnostic::on_unimplemented(
    message = "`Embed` gives each index an axis of `{F}` features, but its input has shape `{Self}`",
    label = "expected indices of rank 0 to 5"
)]
pub trait Embedded<F>: Shape {
    /// The shape with `F` as a new last axis.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<S: Append<(F,)>, F> Embedded<F> for S {
    type Output = S::Output;
}

/// Features that can be split into `G` groups of equal size, for `GroupNorm`.
#[diagnostic::on_unimplemented(
    message = "`GroupNorm` can't cut `{Self}` features into `{G}` groups",
    label = "the number of groups must divide the features",
    note = "the number of groups is the second parameter, 32 by default: `GroupNorm<{Self}, U1>` has one",
    note = "where the sizes are parameters, write the bounds `Features: DivisibleBy<Groups>` and `Groups: Positive`"
)]
pub trait InGroups<G: Size>: Size {}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<G>, G: Positive> InGroups<G> for A {}

/// A shape `(batch, .., features)`, for a layer that normalizes each example on its own.
#[diagnostic::on_unimplemented(
    message = "a normalization of each example takes `(batch, .., features)`, but its input has shape `{Self}`",
    label = "expected a shape of rank 2 to 6",
    note = "`insert_axis::<0>()` makes one example a batch"
)]
pub trait BatchFirst: LastAxis {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Leading: LastAxis>> BatchFirst for S {}

/// A shape `(batch, space.., features)`, for `InstanceNorm`.
#[diagnostic::on_unimplemented(
    message = "`InstanceNorm` takes `(batch, space.., features)`, but its input has shape `{Self}`",
    label = "expected a shape of rank 3 to 6: there is no axis to take statistics over",
    note = "`LayerNorm` normalizes the features of each example, `BatchNorm` each feature over the batch"
)]
pub trait WithSpace: LastAxis {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Leading: BatchFirst>> WithSpace for S {}

/// A shape whose last axes are `F`: the input of `LayerNorm<F>`.
#[diagnostic::on_unimplemented(
    message = "`LayerNorm` normalizes `{F}` features, but its input has shape `{Self}`",
    label = "the last axes aren't `{F}`",
    note = "write `LayerNorm<..>` with the last axis of the input, or with a tuple of its last axes"
)]
pub trait LayerNormInput<F: Sizes>: EndsWith<F> {}
#[diagnostic::do_not_recommend]
impl<S: EndsWith<F>, F: Sizes> LayerNormInput<F> for S {}

/// A shape whose last axes are `F`: the input of `RmsNorm<F>`.
#[diagnostic::on_unimplemented(
    message = "`RmsNorm` normalizes `{F}` features, but its input has shape `{Self}`",
    label = "the last axes aren't `{F}`",
    note = "write `RmsNorm<..>` with the last axis of the input, or with a tuple of its last axes"
)]
pub trait RmsNormInput<F: Sizes>: EndsWith<F> {}
#[diagnostic::do_not_recommend]
impl<S: EndsWith<F>, F: Sizes> RmsNormInput<F> for S {}

/// A last axis of even size, which `glu` splits into halves.
#[diagnostic::on_unimplemented(
    message = "`glu` cuts the last axis into halves, but `{Self}` is no even size",
    label = "expected a last axis of an even size",
    note = "one half is gated by the other: a layer in front gives twice the features that are wanted",
    note = "where the size is a parameter `D`, write the bound `D: DivisibleBy<U2>`"
)]
pub trait InHalves: Dim {
    /// One half.
    type Half: Size;
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<U2>> InHalves for A {
    type Half = Quotient<A, U2>;
}

/// A shape with the axes `A` along which `Dropout` shares one mask: `()`, `Axis<1>`, `(Axis<1>, Axis<2>)`.
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
impl<S: Reduce<(A,)>, A> SharesMask<(A,)> for S {
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
