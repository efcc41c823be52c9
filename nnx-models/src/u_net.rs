//! U-Net: a class for each pixel.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{Conv, Relu};
use nnx_core::size::{Dim, Product, QuotientUp, Same, Size, Sum, U1, U2, U3, U64};
use nnx_core::{Module, Tensor};

use crate::ConvNorm;

type Half<N> = QuotientUp<N, U2>;
type Twice<C> = Product<C, U2>;

/// Two convolutions that keep height and width.
type Convolutions<In, Out> = (ConvNorm<In, Out, U3>, Relu, ConvNorm<Out, Out, U3>, Relu);

/// One level of a U-Net, `(B, H, W, In)` to `(B, H, W, C)`: convolutions at full size, whose output is the skip
/// connection; the levels below at half the size; and convolutions over the skip and the upsampled output
/// of the levels below.
///
/// ```text
/// (B, H,   W,   In)   two convolutions 3x3      (B, H, W, C)      the skip
/// (B, H,   W,   C)    max pool 2x2              (B, H/2, W/2, C)
/// (B, H/2, W/2, C)    `Inner`                   (B, H/2, W/2, 2 C)
/// (B, H/2, W/2, 2 C)  resize to H W, conv 2x2   (B, H, W, C)
/// (B, H,   W,   2 C)  skip and this, two convolutions 3x3  (B, H, W, C)
/// ```
///
/// `Inner` is another level, or any layer that doubles the channels. Halves are rounded up, and upsampling
/// (nearest) returns to the size of the skip, so odd sizes work like even ones. Height and width may be
/// runtime axes.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, nn::Conv, random::Rngs, size::{U1, U3, U4, U8}, tensor::Tensor};
/// use nnx_models::UNetLevel;
///
/// let block = UNetLevel::<U3, U4, Conv<U4, U8, (U1, U1)>>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 5, 3] = Tensor::ones();
/// let y: Tensor![2, 5, 5, 4] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct UNetLevel<In: Size, C: Size, Inner> {
    /// The convolutions on the way down, whose output is the skip connection.
    pub contract: Convolutions<In, C>,
    /// The levels below.
    pub inner: Inner,
    /// The convolution after the image is upsampled.
    pub up: Conv<Twice<C>, C, (U2, U2)>,
    /// The convolutions on the way up, over the skip connection and the upsampled image.
    pub expand: Convolutions<Sum<C, C>, C>,
}

impl<B, H, W, In, C, Inner> Layer<Tensor![B, H, W, In]> for UNetLevel<In, C, Inner>
where
    B: Dim,
    H: Dim,
    W: Dim,
    In: Size,
    C: Size,
    Inner: Layer<Tensor![B, Half<H>, Half<W>, C], Output = Tensor![B, Half<H>, Half<W>, Twice<C>]>,
{
    type Output = Tensor![B, H, W, C];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let skip: Tensor![B, H, W, C] = self.contract.forward(x, pass);
        let x = skip.clone().max_pool_with::<(U2, U2), Same>();
        let x = self.inner.forward(x, pass).resize_nearest_like(&skip);
        let x = self.up.forward(x, pass);
        self.expand.forward(skip.concat::<3, _>(x), pass)
    }
}

type Level1<In, C> = UNetLevel<In, C, Level2<C, Twice<C>>>;
type Level2<In, C> = UNetLevel<In, C, Level3<C, Twice<C>>>;
type Level3<In, C> = UNetLevel<In, C, Level4<C, Twice<C>>>;
type Level4<In, C> = UNetLevel<In, C, Convolutions<C, Twice<C>>>;

/// A U-Net of four levels, for images of any size: a logit for each pixel and class.
///
/// ```text
/// (B, H,    W,    In)      level 1, skip of C       (B, H,    W,    C)   conv 1x1   (B, H, W, Classes)
/// (B, H/2,  W/2,  C)       level 2, skip of 2 C     (B, H/2,  W/2,  2 C)
/// (B, H/4,  W/4,  2 C)     level 3, skip of 4 C     (B, H/4,  W/4,  4 C)
/// (B, H/8,  W/8,  4 C)     level 4, skip of 8 C     (B, H/8,  W/8,  8 C)
/// (B, H/16, W/16, 8 C)     two convolutions 3x3     (B, H/16, W/16, 16 C)
/// ```
///
/// With 3 channels in, C = 64 and 2 classes it has 31,037,698 parameters. Each level is a
/// [`UNetLevel`], and you can nest any number of them.
///
/// | | |
/// |---|---|
/// | paper | Ronneberger, Fischer and Brox, U-Net: convolutional networks for biomedical image segmentation, 2015 |
/// | differs | convolutions are padded, where the paper's are unpadded and its skips are cropped; they have batch normalization and no biases |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U1, U4, U5};
/// use nnx_models::UNet;
///
/// // Five classes for each pixel of grey images, with 4 to 64 channels.
/// let model = UNet::<U5, U1, U4>::init(&mut Rngs::new(0));
/// let images: Tensor![Batch, 13, 20, 1] = Tensor::from_vec(vec![0.5; 13 * 20])?;
/// let logits: Tensor![Batch, 13, 20, 5] = model.infer(images);
///
/// // Images whose height and width are known when the program runs.
/// nnx_core::axis!(Height, Width);
/// let images: Tensor![Batch, Height, Width, 1] =
///     Tensor::from_shape_vec(&[1, 13, 20, 1], vec![0.5; 13 * 20])?;
/// let same: Tensor![Batch, Height, Width, 5] = model.infer(images);
/// assert_eq!(same.to_vec(), logits.to_vec());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
#[module(sequential)]
pub struct UNet<Classes: Size, In: Size = U3, C: Size = U64> {
    /// The four levels: (B, H, W, In) to (B, H, W, C).
    pub levels: Level1<In, C>,
    /// The head: a 1x1 convolution from the features of each pixel to its logits.
    pub head: Conv<C, Classes, (U1, U1)>,
}

impl<Classes: Size, In: Size, C: Size> UNet<Classes, In, C> {
    /// The input of the head: (B, H, W, In) to (B, H, W, C).
    ///
    /// `model.head.forward(features, pass)` gives the logits.
    pub fn features<X>(&self, x: X, pass: &mut Pass) -> <Level1<In, C> as Layer<X>>::Output
    where
        Level1<In, C>: Layer<X>,
    {
        self.levels.forward(x, pass)
    }

    /// The same levels with a new head, such as one for other classes.
    #[must_use]
    pub fn with_head<Other: Size>(self, head: Conv<C, Other, (U1, U1)>) -> UNet<Other, In, C> {
        UNet { levels: self.levels, head }
    }
}
