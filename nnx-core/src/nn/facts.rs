//! FLOPs, activation bytes and receptive fields of layers, as constants: the same values that `summary_of_pass`
//! counts when a model runs.

use super::*;
use crate::module::{Cost, Extent, Layer, ReceptiveField};
use crate::size::rules::{InGroups, Sizes};
use crate::size::{Size, StaticShape};
use crate::tensor::Real;

/// Implements `Cost`. `$flops` is the number of operations for `$x` elements of input and `$y` elements of output.
/// `$bytes` is the number of bytes in use at one time for `$x` bytes of input and `$y` bytes of output.
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
    // A multiplication and an addition for each weight, and an addition for the bias.
    [In: Size, Out: Size, E: Real] Linear<In, Out, E>, |x, y| (2 * In::USIZE as u64 + 1) * y, x + y;
    [In: Sizes, Out: Sizes, E: Real] LinearGeneral<In, Out, E>,
        |x, y| (2 * <In::Shape as StaticShape>::ELEMENTS as u64 + 1) * y, x + y;
    [V: Size, F: Size, E: Real] Embed<V, F, E>, |x, y| 0, x + y;
    [] Flatten, |x, y| 0, x;
    [] Identity, |x, y| 0, x;
    // A sum and a division, over a copy whose spatial axes are last.
    [] GlobalAvgPool, |x, y| x + y, 2 * x + y;
    [] GlobalMaxPool, |x, y| x, 2 * x + y;
    // The identity in evaluation.
    [Shared] Dropout<Shared>, |x, y| 0, x;
    // In place. Each elementwise operation that an activation is composed of counts 1.
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
    // A product of the input and a factor, which needs memory of its own.
    [] Silu, |x, y| 2 * y, x + y;
    [] HardSilu, |x, y| 4 * y, x + y;
    [] SoftSign, |x, y| 3 * y, x + y;
    [] Glu, |x, y| 2 * y, x + 2 * y;
    // Maximum, subtraction, exponential and sum; then a multiplication (softmax) or a subtraction (log-softmax).
    [] Softmax, |x, y| 5 * y, x + y;
    [] LogSoftmax, |x, y| 5 * y, x + y;
    // Statistics and standardization take six operations, three without the mean; scale and bias take one each.
    [F: Sizes, E: Real] LayerNorm<F, E>, |x, y| 8 * y, x + y;
    // A bias of zeros takes memory.
    [F: Sizes, E: Real] RmsNorm<F, E>, |x, y| 4 * y,
        x + y + (<F::Shape as StaticShape>::ELEMENTS * size_of::<E>()) as u64;
    [F: InGroups<G>, G: Size, E: Real] GroupNorm<F, G, E>, |x, y| 8 * y, x + y;
    [F: Size, E: Real] InstanceNorm<F, E>, |x, y| 8 * y, x + y;
    // In place, with a factor for each feature. The means need memory: initial means, all 0, are written out.
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

/// Implements `ReceptiveField` for layers whose output at a position depends on the input at that position alone.
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
    // These compute statistics over the features alone.
    [F: Size, E: Real] LayerNorm<F, E>; [F: Size, E: Real] RmsNorm<F, E>;
    // In evaluation it uses the running statistics.
    [F: Size, E: Real] BatchNorm<F, E>;
}
