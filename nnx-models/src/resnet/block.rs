//! The blocks of residual networks.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{BatchNorm, Conv, Identity, KernelOptions, WithoutBias};
use nnx_core::random::init::{Distribution, Mode, variance_scaling};
use nnx_core::size::{Dim, Positive, QuotientUp, Size, Strided, Symmetric, U1, U3};
use nnx_core::{Module, Tensor};

/// A convolution with a kernel of `Window` by `Window` and no bias, followed by batch normalization:
/// `(B, H, W, In)` to `(B, ceil(H / Strides), ceil(W / Strides), Out)`.
///
/// The padding is the same on both sides, as in torchvision. The initial kernel is normal with variance
/// `2 / fan_out` (He et al., 2015).
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, random::Rngs, size::{U2, U3, U8}, tensor::Tensor};
/// use nnx_models::ConvNorm;
///
/// let block = ConvNorm::<U3, U8, U3, U2>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 5, 3] = Tensor::ones();
/// let y: Tensor![2, 3, 3, 8] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct ConvNorm<In: Size, Out: Size, Window: Positive, Strides: Positive = U1> {
    /// The convolution.
    #[module(init = WithoutBias::with(&for_relu(), rngs))]
    pub conv: WithoutBias<Conv<In, Out, (Window, Window), (Strided<Strides>, Symmetric)>>,
    /// The normalization.
    #[module(init = BatchNorm::init(rngs).momentum(0.9))]
    pub norm: BatchNorm<Out>,
}

fn for_relu() -> KernelOptions {
    let kernel = variance_scaling(2.0, Mode::FanOut, Distribution::Normal);
    KernelOptions::default().kernel(kernel)
}

impl<B: Dim, H: Dim, W: Dim, In: Size, Out: Size, Window: Positive, S: Positive>
    Layer<Tensor![B, H, W, In]> for ConvNorm<In, Out, Window, S>
{
    type Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Out];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let x = self.conv.forward(x, pass);
        self.norm.forward(x, pass)
    }
}

/// Two 3x3 convolutions with a skip connection: the block of ResNet-18 and 34 (He et al., 2016).
///
/// ```text
/// (B, H, W, In)   conv 3x3 / Strides, norm, relu   (B, H', W', Out)
///                 conv 3x3, norm                   (B, H', W', Out)   + shortcut, relu
/// ```
///
/// The shortcut (skip connection) is the input itself, or [`Projected`] where the shape changes.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, random::Rngs, size::{U4}, tensor::Tensor};
/// use nnx_models::BasicBlock;
///
/// let block = BasicBlock::<U4>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 5, 4] = Tensor::ones();
/// let y: Tensor![2, 5, 5, 4] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct BasicBlock<In: Size, Out: Size = In, Strides: Positive = U1, Shortcut = Identity> {
    /// The first convolution, which has the strides.
    pub conv1: ConvNorm<In, Out, U3, Strides>,
    /// The second convolution.
    pub conv2: ConvNorm<Out, Out, U3>,
    /// The skip connection: its output is added to that of the convolutions.
    pub shortcut: Shortcut,
}

/// The shortcut of a block that changes the shape: a 1x1 convolution with the block's strides.
pub type Projected<In, Out, Strides = U1> = ConvNorm<In, Out, U1, Strides>;

impl<B, H, W, In, Out, S, Shortcut> Layer<Tensor![B, H, W, In]> for BasicBlock<In, Out, S, Shortcut>
where
    B: Dim,
    H: Dim,
    W: Dim,
    In: Size,
    Out: Size,
    S: Positive,
    Shortcut:
        Layer<Tensor![B, H, W, In], Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Out]>,
{
    type Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Out];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let y = self.conv1.forward(x.clone(), pass).relu();
        let y = self.conv2.forward(y, pass);
        (y + self.shortcut.forward(x, pass)).relu()
    }
}

/// A 3x3 convolution between two 1x1 convolutions, with a skip connection: the block of ResNet-50 and deeper
/// networks (He et al., 2016).
///
/// ```text
/// (B, H, W, In)   conv 1x1, norm, relu             (B, H,  W,  Width)
///                 conv 3x3 / Strides, norm, relu   (B, H', W', Width)
///                 conv 1x1, norm                   (B, H', W', Out)   + shortcut, relu
/// ```
///
/// The strides are those of the 3x3 convolution, as in torchvision ("ResNet v1.5"); the paper has them
/// in the first convolution. The shortcut is the input itself, or [`Projected`] where the shape changes.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, random::Rngs, size::{U4, U8}, tensor::Tensor};
/// use nnx_models::Bottleneck;
///
/// let block = Bottleneck::<U8, U4, U8>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 5, 8] = Tensor::ones();
/// let y: Tensor![2, 5, 5, 8] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct Bottleneck<
    In: Size,
    Width: Size,
    Out: Size = In,
    Strides: Positive = U1,
    Shortcut = Identity,
> {
    /// The 1x1 convolution that reduces the channels.
    pub conv1: ConvNorm<In, Width, U1>,
    /// The 3x3 convolution, which has the strides.
    pub conv2: ConvNorm<Width, Width, U3, Strides>,
    /// The 1x1 convolution that expands the channels.
    pub conv3: ConvNorm<Width, Out, U1>,
    /// The skip connection: its output is added to that of the convolutions.
    pub shortcut: Shortcut,
}

impl<B, H, W, In, Mid, Out, S, Shortcut> Layer<Tensor![B, H, W, In]>
    for Bottleneck<In, Mid, Out, S, Shortcut>
where
    B: Dim,
    H: Dim,
    W: Dim,
    In: Size,
    Mid: Size,
    Out: Size,
    S: Positive,
    Shortcut:
        Layer<Tensor![B, H, W, In], Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Out]>,
{
    type Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Out];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let y = self.conv1.forward(x.clone(), pass).relu();
        let y = self.conv2.forward(y, pass).relu();
        let y = self.conv3.forward(y, pass);
        (y + self.shortcut.forward(x, pass)).relu()
    }
}
