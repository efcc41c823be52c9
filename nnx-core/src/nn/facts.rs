//! What layers cost and how far they see, as constants: the figures that `summary_of_pass` counts when a
//! model runs.

use super::*;
use crate::module::{Cost, Extent, Layer, ReceptiveField};
use crate::size::rules::{InGroups, Sizes};
use crate::size::{Size, StaticShape};
use crate::tensor::Real;

/// First the operations for `$x` elements that go in and `$y` that come out, then the bytes at one time
/// for as many bytes.
macro_rules! costs {
    ($([$($generics:tt)*] $layer:ty, |$x:ident, $y:ident| $flops:expr, $bytes:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<X: Extent, $($generics)*> Cost<X> for $layer
        where
            Self: Layer<X, Output: Extent>,
        {
            const FLOPS: u64 = {
                let ($x, $y) = (X::ELEMENTS, <Self as Layer<X>>::Output::ELEMENTS);
                let _ = ($x, $y);
                $flops
            };
            const ACTIVATION_BYTES: u64 = {
                let ($x, $y) = (X::BYTES, <Self as Layer<X>>::Output::BYTES);
                let _ = ($x, $y);
                $bytes
            };
        }
    )* };
}
costs! {
    // A product and a sum for each weight, and a sum for the bias.
    [In: Size, Out: Size, E: Real] Linear<In, Out, E>, |x, y| (2 * In::USIZE as u64 + 1) * y, x + y;
    [In: Sizes, Out: Sizes, E: Real] LinearGeneral<In, Out, E>,
        |x, y| (2 * <In::Shape as StaticShape>::ELEMENTS as u64 + 1) * y, x + y;
    [V: Size, F: Size, E: Real] Embed<V, F, E>, |x, y| 0, x + y;
    [] Flatten, |x, y| 0, x;
    [] Identity, |x, y| 0, x;
    // A sum and a quotient, of a copy with the space last.
    [] GlobalAvgPool, |x, y| x + y, 2 * x + y;
    [] GlobalMaxPool, |x, y| x, 2 * x + y;
    // The identity in evaluation.
    [Shared] Dropout<Shared>, |x, y| 0, x;
    // In place: one operation for each of those that it is composed of.
    [] Relu, |x, y| y, x;
    [] Relu6, |x, y| y, x;
    [] LeakyRelu, |x, y| y, x;
    [] Elu, |x, y| y, x;
    [] Celu, |x, y| y, x;
    [] Selu, |x, y| 2 * y, x;
    [] Tanh, |x, y| y, x;
    [] Sigmoid, |x, y| y, x;
    [] LogSigmoid, |x, y| 3 * y, x;
    [] Softplus, |x, y| y, x;
    [] HardTanh, |x, y| y, x;
    [] HardSigmoid, |x, y| 3 * y, x;
    [] Gelu, |x, y| y, x;
    [] GeluExact, |x, y| y, x;
    // A factor beside the input.
    [] Silu, |x, y| 2 * y, x + y;
    [] HardSilu, |x, y| 4 * y, x + y;
    [] SoftSign, |x, y| 3 * y, x + y;
    [] Glu, |x, y| 2 * y, x + 2 * y;
    // Maximum, difference, exponential, sum, product or difference.
    [] Softmax, |x, y| 5 * y, x + y;
    [] LogSoftmax, |x, y| 5 * y, x + y;
    // The statistics and the standardized numbers, six operations or three; the scale and the bias.
    [F: Sizes, E: Real] LayerNorm<F, E>, |x, y| 8 * y, x + y;
    // With a bias of zeros.
    [F: Sizes, E: Real] RmsNorm<F, E>, |x, y| 4 * y,
        x + y + (<F::Shape as StaticShape>::ELEMENTS * size_of::<E>()) as u64;
    [F: InGroups<G>, G: Size, E: Real] GroupNorm<F, G, E>, |x, y| 8 * y, x + y;
    [F: Size, E: Real] InstanceNorm<F, E>, |x, y| 8 * y, x + y;
    // In place, with a factor for each feature; means that are all 0, as they start, are written out.
    [F: Size, E: Real] BatchNorm<F, E>,
        |x, y| 3 * y + 4 * F::USIZE as u64, x + 2 * (F::USIZE * size_of::<E>()) as u64;
}

#[diagnostic::do_not_recommend]
impl<X, L: Cost<X>> Cost<X> for Sequential<L> {
    const FLOPS: u64 = L::FLOPS;
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES;
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, L: ReceptiveField<RANK>> ReceptiveField<RANK> for Sequential<L> {
    const FIELD: [usize; RANK] = L::FIELD;
    const STRIDE: [usize; RANK] = L::STRIDE;
}

/// Layers that work on each position alone.
macro_rules! pointwise {
    ($([$($generics:tt)*] $layer:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<const RANK: usize, $($generics)*> ReceptiveField<RANK> for $layer {
            const FIELD: [usize; RANK] = [1; RANK];
            const STRIDE: [usize; RANK] = [1; RANK];
        }
    )* };
}
pointwise! {
    [] Identity; [] Relu; [] Relu6; [] LeakyRelu; [] Elu; [] Celu; [] Selu; [] Tanh; [] Sigmoid; [] LogSigmoid;
    [] Softplus; [] HardTanh; [] HardSigmoid; [] Gelu; [] GeluExact; [] Silu; [] HardSilu; [] SoftSign;
    [E: Real] PRelu<E>; [] Glu; [] Softmax; [] LogSoftmax; [Shared] Dropout<Shared>;
    // Over the features alone.
    [F: Size, E: Real] LayerNorm<F, E>; [F: Size, E: Real] RmsNorm<F, E>;
    // Its statistics are the running ones in evaluation.
    [F: Size, E: Real] BatchNorm<F, E>;
}
