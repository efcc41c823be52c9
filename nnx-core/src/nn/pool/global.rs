//! Pools over images of any size: global pools, and adaptive pools to a given output size.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Cost, Extent, Layer, Pass};
use crate::nn::cost::{axis_size, costs};
use crate::size::{AdaptivePool, GlobalPool};
use crate::tensor::{GenericPools as _, Real, Tensor};

/// [`Tensor::global_avg_pool`] as a layer: `(B, .., C)` gives `(B, C)`; `x.mean((1, 2))` in Flax,
/// `nn.AdaptiveAvgPool2d(1)` in PyTorch (Lin, Chen and Yan, 2013).
///
/// ```
/// use nnx_core::{module::Layer, nn::GlobalAvgPool, tensor::Tensor};
///
/// let x = Tensor::from([[[1.0], [2.0], [6.0]]]);
/// assert_eq!(GlobalAvgPool.infer(x).to_vec(), [3.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct GlobalAvgPool;

impl<S: GlobalPool, E: Real> Layer<Tensor<S, E>> for GlobalAvgPool {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        const { S::CHECKED }
        x.mean_over_space()
    }
}

/// [`Tensor::global_max_pool`] as a layer: `(B, .., C)` gives `(B, C)`; `x.max((1, 2))` in Flax,
/// `nn.AdaptiveMaxPool2d(1)` in PyTorch.
///
/// ```
/// use nnx_core::{module::Layer, nn::GlobalMaxPool, tensor::Tensor};
///
/// let x = Tensor::from([[[1.0], [2.0], [6.0]]]);
/// assert_eq!(GlobalMaxPool.infer(x).to_vec(), [6.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct GlobalMaxPool;

impl<S: GlobalPool, E: Real> Layer<Tensor<S, E>> for GlobalMaxPool {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        const { S::CHECKED }
        x.max_over_space()
    }
}

/// [`Tensor::adaptive_avg_pool`] as a layer: images of any size become images of the sizes `O`.
///
/// Window i of o over n elements covers the indices from `floor(i n / o)` to `ceil((i + 1) n / o)`, exclusive. Flax
/// has no such pool; `nn.AdaptiveAvgPool1d`, `2d`, `3d` in PyTorch.
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::AdaptiveAvgPool, size::U2, tensor::Tensor};
///
/// let x: Tensor![1, 3, 1] = Tensor::from([[[1.0], [2.0], [6.0]]]);
/// assert_eq!(AdaptiveAvgPool::<(U2,)>::new().infer(x).to_vec(), [1.5, 4.0]);
/// ```
#[derive(crate::Module)]
pub struct AdaptiveAvgPool<O>(PhantomData<fn() -> O>);
plain_layer!(AdaptiveAvgPool<O>);

impl<S: AdaptivePool<O>, O, E: Real> Layer<Tensor<S, E>> for AdaptiveAvgPool<O> {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        const { S::CHECKED }
        x.adaptive_avg_pool::<O>()
    }
}

/// [`Tensor::adaptive_max_pool`] as a layer: images of any size become images of the sizes `O`, over the
/// windows of [`AdaptiveAvgPool`]. `nn.AdaptiveMaxPool1d`, `2d`, `3d` in PyTorch.
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::AdaptiveMaxPool, size::U2, tensor::Tensor};
///
/// let x: Tensor![1, 3, 1] = Tensor::from([[[1.0], [2.0], [6.0]]]);
/// assert_eq!(AdaptiveMaxPool::<(U2,)>::new().infer(x).to_vec(), [2.0, 6.0]);
/// ```
#[derive(crate::Module)]
pub struct AdaptiveMaxPool<O>(PhantomData<fn() -> O>);
plain_layer!(AdaptiveMaxPool<O>);

impl<S: AdaptivePool<O>, O, E: Real> Layer<Tensor<S, E>> for AdaptiveMaxPool<O> {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        const { S::CHECKED }
        x.adaptive_max_pool::<O>()
    }
}

costs! {
    // Per output element: a sum over the image, and a division.
    [] GlobalAvgPool, |x, y| x + y, x + y;
    [] GlobalMaxPool, |x, y| x, x + y;
}

/// The number of elements in all windows of an adaptive pool: a product over the spatial axes of `S`, times the batch
/// and the channels. Window i of an axis of n elements begins at ⌊i n / o⌋ and ends before ⌈(i + 1) n / o⌉, where o is
/// the size of the output.
const fn adaptive_points<S: AdaptivePool<O>, O>() -> u64 {
    let (mut points, mut axis) = (axis_size::<S>(0) * axis_size::<S>(-1), 1);
    while axis < S::AXES.len() - 1 {
        let n = axis_size::<S>(axis.cast_signed());
        let o = S::SIZES[3 + axis + 1 - S::AXES.len()] as u64;
        let (mut covered, mut i) = (0, 0);
        while i < o {
            covered += ((i + 1) * n).div_ceil(o) - i * n / o;
            i += 1;
        }
        points *= covered;
        axis += 1;
    }
    points
}

#[diagnostic::do_not_recommend]
impl<S: AdaptivePool<O>, O, E: Real> Cost<Tensor<S, E>> for AdaptiveAvgPool<O> {
    // Per output element: a sum over the window, and a division.
    const FLOPS: u64 = adaptive_points::<S, O>() + Tensor::<S::Output, E>::ELEMENTS;
    const ACTIVATION_BYTES: u64 = Tensor::<S, E>::BYTES + Tensor::<S::Output, E>::BYTES;
}
#[diagnostic::do_not_recommend]
impl<S: AdaptivePool<O>, O, E: Real> Cost<Tensor<S, E>> for AdaptiveMaxPool<O> {
    const FLOPS: u64 = adaptive_points::<S, O>();
    const ACTIVATION_BYTES: u64 = Tensor::<S, E>::BYTES + Tensor::<S::Output, E>::BYTES;
}
