//! Resizing by interpolation, and channels rearranged into pixels, as layers.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Cost, Extent, Layer, Pass};
use crate::nn::cost::{axis_size, costs};
use crate::ops::Interpolation;
use crate::size::{PixelShuffled, PixelUnshuffled, Resized};
use crate::tensor::{Real, Tensor};

/// [`Tensor::resize`] as a layer: images of any size become images of the sizes `O`, by linear interpolation with
/// antialiasing unless another is [given](Self::by).
///
/// | | |
/// |---|---|
/// | JAX | `jax.image.resize(x, .., "linear")` |
/// | PyTorch | `nn.Upsample(size=.., mode="bilinear")`, which has no antialiasing: see [`Interpolation`] |
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::Resize, ops::Interpolation, size::U4, tensor::Tensor};
///
/// let x: Tensor![1, 2, 1] = Tensor::from([[[1.0], [5.0]]]);
/// assert_eq!(Resize::<(U4,)>::new().infer(x.clone()).to_vec(), [1.0, 2.0, 4.0, 5.0]);
/// let y = Resize::<(U4,)>::new().by(Interpolation::torch_bicubic()).infer(x);
/// assert_eq!(y.to_vec(), [0.578_125, 1.906_25, 4.093_75, 5.421_875]);
/// ```
#[derive(crate::Module)]
#[module(init = Self::new())]
pub struct Resize<O> {
    #[module(skip)]
    interpolation: Interpolation,
    sizes: PhantomData<fn() -> O>,
}

impl<O> Resize<O> {
    /// A layer with linear interpolation.
    #[must_use]
    pub const fn new() -> Self {
        Self { interpolation: Interpolation::linear(), sizes: PhantomData }
    }

    /// Sets the interpolation.
    #[must_use]
    pub const fn by(self, interpolation: Interpolation) -> Self {
        Self { interpolation, sizes: PhantomData }
    }
}
impl<O> Default for Resize<O> {
    fn default() -> Self {
        Self::new()
    }
}
impl<O> Clone for Resize<O> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}
impl<O> fmt::Debug for Resize<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resize({:?})", self.interpolation)
    }
}

impl<S: Resized<O>, O, E: Real> Layer<Tensor<S, E>> for Resize<O> {
    type Output = Tensor<S::Output, E>;
    #[track_caller]
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.resize::<O>(self.interpolation)
    }
}

/// [`Tensor::pixel_shuffle`] as a layer: `(B, H, W, 4 C)` becomes `(B, 2 H, 2 W, C)` for the factors `(U2, U2)`, with
/// PyTorch's order of channels. After a convolution it upsamples by learned weights (Shi et al., 2016).
///
/// | | |
/// |---|---|
/// | Flax | none |
/// | PyTorch | `nn.PixelShuffle(2)` |
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::PixelShuffle, size::U2, tensor::Tensor};
///
/// let x: Tensor![1, 3, 5, 8] = Tensor::ones();
/// let y: Tensor![1, 6, 10, 2] = PixelShuffle::<(U2, U2)>::new().infer(x);
/// ```
#[derive(crate::Module)]
pub struct PixelShuffle<F>(PhantomData<fn() -> F>);
plain_layer!(PixelShuffle<F>);

impl<S: PixelShuffled<F>, F, E: Real> Layer<Tensor<S, E>> for PixelShuffle<F> {
    type Output = Tensor<S::Output, E>;
    #[track_caller]
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.pixel_shuffle::<F>()
    }
}

/// [`Tensor::pixel_unshuffle`] as a layer: the inverse of [`PixelShuffle`].
///
/// | | |
/// |---|---|
/// | Flax | none |
/// | PyTorch | `nn.PixelUnshuffle(2)` |
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::PixelUnshuffle, size::U2, tensor::Tensor};
///
/// let x: Tensor![1, 6, 10, 2] = Tensor::ones();
/// let y: Tensor![1, 3, 5, 8] = PixelUnshuffle::<(U2, U2)>::new().infer(x);
/// ```
#[derive(crate::Module)]
pub struct PixelUnshuffle<F>(PhantomData<fn() -> F>);
plain_layer!(PixelUnshuffle<F>);

impl<S: PixelUnshuffled<F>, F, E: Real> Layer<Tensor<S, E>> for PixelUnshuffle<F> {
    type Output = Tensor<S::Output, E>;
    #[track_caller]
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.pixel_unshuffle::<F>()
    }
}

costs! {
    // A copy in a different order.
    [F] PixelShuffle<F>, |x, y| 0, x + y;
    [F] PixelUnshuffle<F>, |x, y| 0, x + y;
}

/// The costs of linear interpolation with antialiasing, over one axis after the other: the operations, and the most
/// elements in use at one time.
const fn interpolation_cost<S: Resized<O>, O>() -> [u64; 2] {
    let rank = S::AXES.len().cast_signed();
    let mut elements = axis_size::<S>(0);
    let mut axis = 1;
    while axis < rank {
        elements *= axis_size::<S>(axis);
        axis += 1;
    }
    let (mut flops, mut most, mut axis) = (0, elements, 1);
    let mut before = axis_size::<S>(0);
    while axis < rank - 1 {
        let n = axis_size::<S>(axis);
        let size = S::SIZES[(4 + axis - rank).cast_unsigned()] as u64;
        if n != size {
            let smaller = if n > size { (2 * n).div_ceil(size) } else { 2 };
            let neighbours = if smaller > n { n } else { smaller };
            let output = match elements.checked_div(n) {
                Some(rows) => rows * size,
                None => 0,
            };
            // A multiplication for each neighbour, and an addition for each but the first.
            flops += (2 * neighbours - 1) * output;
            // The input, the sum so far and a neighbour; its weights, which are written out for all elements if there are
            // axes on both sides.
            let sums = if neighbours > 1 { 2 } else { 1 };
            let copies = if before > 1 && output > before * size { sums + 1 } else { sums };
            let weights = if size > 1 { size } else { 0 };
            let used = elements + copies * output + weights;
            most = if used > most { used } else { most };
            elements = output;
        }
        before *= size;
        axis += 1;
    }
    [flops, most]
}

#[diagnostic::do_not_recommend]
impl<S: Resized<O>, O, E: Real> Cost<Tensor<S, E>> for Resize<O>
where
    Tensor<S, E>: Extent,
{
    // The costs and the receptive field are those of the default, linear interpolation with antialiasing.
    const FLOPS: u64 = interpolation_cost::<S, O>()[0];
    const ACTIVATION_BYTES: u64 = interpolation_cost::<S, O>()[1] * size_of::<E>() as u64;
}
