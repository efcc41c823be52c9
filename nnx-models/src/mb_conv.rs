//! The inverted bottleneck of MobileNet and EfficientNet.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{BatchNorm, Conv, Dropout, Silu, WithoutBias};
use nnx_core::random::Rngs;
use nnx_core::size::rules::Axis;
use nnx_core::size::{
    Depthwise, Dim, Positive, Product, Quotient, QuotientUp, Size, Strided, Symmetric, U1, U3, U4,
};
use nnx_core::{Module, Tensor};

use crate::channels::{BlockChannels, of_block};
use crate::{ConvNorm, SqueezeExcite};

/// A depthwise convolution, squeeze-and-excitation to a quarter of `Narrow` features, and a 1x1 convolution to other
/// channels: [`MbConv`] without its first convolution, which is its form for a ratio of 1.
///
/// ```text
/// (B, H, W, In)     depthwise conv / Strides, norm, silu   (B, H', W', In)
/// (B, H', W', In)   squeeze-excite to Narrow / 4           (B, H', W', In)
/// (B, H', W', In)   conv 1x1, norm                         (B, H', W', Out)
/// ```
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, random::Rngs, size::{U4, U8}, tensor::Tensor};
/// use nnx_models::DepthwiseExcite;
///
/// let block = DepthwiseExcite::<U8, U4>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 5, 8] = Tensor::ones();
/// let y: Tensor![2, 5, 5, 4] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct DepthwiseExcite<
    In: Size,
    Out: Size,
    Window: Positive = U3,
    Strides: Positive = U1,
    Narrow: Size = In,
> {
    /// The depthwise convolution.
    pub depthwise:
        WithoutBias<Conv<In, In, (Window, Window), (Strided<Strides>, Symmetric, Depthwise)>>,
    /// The normalization after the depthwise convolution.
    #[module(init = BatchNorm::init(rngs).momentum(0.9))]
    pub norm: BatchNorm<In>,
    /// The weights of the channels.
    pub excite: SqueezeExcite<In, Quotient<Narrow, U4>, Silu>,
    /// The 1x1 convolution to the output's channels.
    pub project: ConvNorm<In, Out, U1>,
}

impl<B, H, W, In, Out, Window, S, Narrow, Own> Layer<Tensor![B, H, W, Own]>
    for DepthwiseExcite<In, Out, Window, S, Narrow>
where
    B: Dim,
    H: Dim,
    W: Dim,
    Own: BlockChannels<(B, H, W, Own), In>,
    In: Size,
    Out: Size,
    Window: Positive,
    S: Positive,
    Narrow: Size,
{
    type Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Out];

    fn forward(&self, x: Tensor![B, H, W, Own], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, H, W, In] = of_block(x);
        let x = self.depthwise.forward(x, pass);
        let x = self.norm.forward(x, pass).silu();
        let x = self.excite.forward(x, pass);
        self.project.forward(x, pass)
    }
}

/// The inverted bottleneck of EfficientNet, without a skip connection: the channels are expanded by the factor `Ratio`,
/// convolved one by one, weighted by squeeze-and-excitation, and projected to `Out` channels.
///
/// ```text
/// (B, H, W, In)         conv 1x1, norm, silu    (B, H, W, Ratio In)
/// (B, H, W, Ratio In)   DepthwiseExcite         (B, H', W', Out)
/// ```
///
/// [`ResidualMbConv`] adds the input. With a ratio of 1 the paper leaves out the first convolution: [`DepthwiseExcite`].
///
/// | | |
/// |---|---|
/// | paper | Sandler et al., MobileNetV2, 2018; Tan and Le, EfficientNet, 2019 |
/// | PyTorch | `torchvision.models.efficientnet.MBConv` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, random::Rngs, size::{U2, U4, U5, U6, U8}, tensor::Tensor};
/// use nnx_models::MbConv;
///
/// let down = MbConv::<U4, U8, U6, U5, U2>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 9, 8, 4] = Tensor::ones();
/// let y: Tensor![2, 5, 4, 8] = down.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct MbConv<In: Size, Out: Size, Ratio: Size, Window: Positive = U3, Strides: Positive = U1> {
    /// The 1x1 convolution that expands the channels.
    pub expand: ConvNorm<In, Product<In, Ratio>, U1>,
    /// The rest.
    pub body: DepthwiseExcite<Product<In, Ratio>, Out, Window, Strides, In>,
}

impl<B, H, W, In, Out, Ratio, Window, S, Own> Layer<Tensor![B, H, W, Own]>
    for MbConv<In, Out, Ratio, Window, S>
where
    B: Dim,
    H: Dim,
    W: Dim,
    Own: BlockChannels<(B, H, W, Own), In>,
    In: Size,
    Out: Size,
    Ratio: Size,
    Window: Positive,
    S: Positive,
{
    type Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Out];

    fn forward(&self, x: Tensor![B, H, W, Own], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, H, W, In] = of_block(x);
        let x = self.expand.forward(x, pass).silu();
        self.body.forward(x, pass)
    }
}

/// A block whose output is added to its input: `x + f(x)`. In training, `f(x)` is dropped for whole examples with a
/// probability, 0 by default (stochastic depth; Huang et al., 2016): `ResidualMbConv<MbConv<U8, U8, U6>>`.
///
/// | | |
/// |---|---|
/// | PyTorch | the skip connection of `torchvision.models.efficientnet.MBConv`, `torchvision.ops.StochasticDepth(p, "row")` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, random::Rngs, size::{U4, U6}, tensor::Tensor};
/// use nnx_models::{MbConv, ResidualMbConv};
///
/// let block = ResidualMbConv::<MbConv<U4, U4, U6>>::init(&mut Rngs::new(0)).stochastic_depth(0.2, &mut Rngs::new(1));
/// let x: Tensor![2, 9, 8, 4] = Tensor::ones();
/// let y: Tensor![2, 9, 8, 4] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct ResidualMbConv<Block> {
    /// The block.
    pub block: Block,
    /// Drops the block's output for whole examples.
    #[module(init = Dropout::new(0.0, rngs).broadcast())]
    pub drop: Dropout<(Axis<1>, Axis<2>, Axis<3>)>,
}

impl<Block> ResidualMbConv<Block> {
    /// Drops the block's output with the probability `rate`.
    ///
    /// # Panics
    /// If `rate` isn't within 0 to 1, or `rngs` has neither a stream `dropout` nor a default one.
    #[must_use]
    pub fn stochastic_depth(self, rate: f64, rngs: &mut Rngs) -> Self {
        Self { drop: Dropout::new(rate, rngs).broadcast(), ..self }
    }
}

impl<B, H, W, C, Block> Layer<Tensor![B, H, W, C]> for ResidualMbConv<Block>
where
    B: Dim,
    H: Dim,
    W: Dim,
    C: Size,
    Block: Layer<Tensor![B, H, W, C], Output = Tensor![B, H, W, C]>,
{
    type Output = Tensor![B, H, W, C];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let y = self.block.forward(x.clone(), pass);
        x + self.drop.forward(y, pass)
    }
}
