//! What layers cost and how far they see, as constants: the figures that `summary_of_pass` counts when a
//! model runs.

use super::*;
use crate::module::{Cost, Extent, Layer, ReceptiveField};
use crate::size::Size;
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
    [] Relu, |x, y| y, x;
    [] Tanh, |x, y| y, x;
    [] Sigmoid, |x, y| y, x;
    // Maximum, difference, exponential, sum, product.
    [] Softmax, |x, y| 5 * y, x + y;
    [] Flatten, |x, y| 0, x;
    // The identity in evaluation.
    [] Dropout, |x, y| 0, x;
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
    [] Relu; [] Tanh; [] Sigmoid; [] Softmax; [] Dropout;
}
