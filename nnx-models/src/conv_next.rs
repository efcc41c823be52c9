//! ConvNeXt: a convolutional network with the structure of a transformer.

use nnx_core::module::{Init, Layer, Param, Pass};
use nnx_core::nn::{Conv, LayerNorm, Linear, Sequential};
use nnx_core::random::Rngs;
use nnx_core::size::rules::Axis;
use nnx_core::size::{Depthwise, Dim, Product, Size, Strided, U2, U3, U4, U7, U8, U96};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor};

type Twice<C> = Product<C, U2>;
type Times4<C> = Product<C, U4>;
type Times8<C> = Product<C, U8>;

/// A depthwise convolution and a feed-forward network for each position, added to the input.
///
/// ```text
/// (B, H, W, C)    depthwise conv 7x7, layer norm   (B, H, W, C)
/// (B, H, W, C)    linear, gelu                     (B, H, W, 4 C)
/// (B, H, W, 4 C)  linear, times a layer scale (C,) (B, H, W, C)   + input
/// ```
///
/// The initial layer scale is 1e-6, so a new block is nearly the identity (Touvron et al., 2021).
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, random::Rngs, size::{U4}, tensor::Tensor};
/// use nnx_models::ConvNextBlock;
///
/// let block = ConvNextBlock::<U4>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 5, 4] = Tensor::ones();
/// let y: Tensor![2, 5, 5, 4] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct ConvNextBlock<C: Size> {
    /// The depthwise convolution.
    pub depthwise: Conv<C, C, (U7, U7), Depthwise>,
    /// The normalization after the depthwise convolution.
    pub norm: LayerNorm<C>,
    /// The first layer of the feed-forward network: (C, 4 C).
    pub expand: Linear<C, Times4<C>>,
    /// The second layer of the feed-forward network: (4 C, C).
    pub contract: Linear<Times4<C>, C>,
    /// The layer scale: each channel is multiplied by it before the input is added.
    #[module(init = Param::new(Tensor::full(1e-6)))]
    pub layer_scale: Param<(C,)>,
}

impl<B: Dim, H: Dim, W: Dim, C: Size> Layer<Tensor![B, H, W, C]> for ConvNextBlock<C> {
    type Output = Tensor![B, H, W, C];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let y = self.depthwise.forward(x.clone(), pass);
        let y = self.norm.forward(y, pass);
        let y = self.expand.forward(y, pass).gelu_exact();
        let y = self.contract.forward(y, pass);
        x + y * self.layer_scale.get(pass)
    }
}

/// Halves height and width, and changes the number of channels.
type Downsample<In, Out> = (LayerNorm<In>, Conv<In, Out, (U2, U2), Strided<U2>>);
/// A number of blocks that is known when the program runs.
type Blocks<C> = Vec<ConvNextBlock<C>>;
type Stages<In, C> = Sequential<(
    ((Conv<In, C, (U4, U4), Strided<U4>>, LayerNorm<C>), Blocks<C>),
    (Downsample<C, Twice<C>>, Blocks<Twice<C>>),
    (Downsample<Twice<C>, Times4<C>>, Blocks<Times4<C>>),
    (Downsample<Times4<C>, Times8<C>>, Blocks<Times8<C>>),
)>;

/// ConvNeXt, for images of any size: `(B, H, W, In)` to logits `(B, Classes)`.
///
/// ```text
/// (B, H,    W,    In)    conv 4x4 / 4, layer norm, blocks       (B, H/4,  W/4,  C)
/// (B, H/4,  W/4,  C)     layer norm, conv 2x2 / 2, blocks       (B, H/8,  W/8,  2 C)
/// (B, H/8,  W/8,  2 C)   layer norm, conv 2x2 / 2, blocks       (B, H/16, W/16, 4 C)
/// (B, H/16, W/16, 4 C)   layer norm, conv 2x2 / 2, blocks       (B, H/32, W/32, 8 C)
/// (B, H/32, W/32, 8 C)   mean over space, layer norm, linear    (B, Classes)
/// ```
///
/// | | width | depths | parameters with 1000 classes |
/// |---|---|---|---|
/// | ConvNeXt-T | 96 | 3, 3, 9, 3 | 28,589,128 |
/// | ConvNeXt-S | 96 | 3, 3, 27, 3 | 50,223,688 |
/// | ConvNeXt-B | 128 | 3, 3, 27, 3 | 88,591,464 |
///
/// `init` makes a network with the depths of ConvNeXt-T; [`with_depths`](Self::with_depths) sets others.
///
/// | | |
/// |---|---|
/// | paper | Liu et al., A ConvNet for the 2020s, 2022 |
/// | PyTorch | `torchvision.models.convnext_tiny()`, `convnext_small()`, `convnext_base()`; there channels are first, and training uses stochastic depth |
/// | differs | sizes that aren't multiples of 32 are rounded up; kernels are initialized by `lecun_normal` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U10, U8};
/// use nnx_models::ConvNext;
///
/// let model = ConvNext::<U10, U8>::with_depths([1, 1, 2, 1], &mut Rngs::new(0));
/// let images: Tensor![Batch, 32, 48, 3] = Tensor::from_vec(vec![0.5; 32 * 48 * 3])?;
/// let logits: Tensor![Batch, 10] = model.infer(images);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
#[module(init = Self::with_depths([3, 3, 9, 3], rngs))]
pub struct ConvNext<Classes: Size, C: Size = U96, In: Size = U3> {
    /// The four stages: (B, H, W, In) to (B, H/32, W/32, 8 C).
    pub stages: Stages<In, C>,
    /// The normalization after the mean over the image.
    pub norm: LayerNorm<Times8<C>>,
    /// The head: from the features to the logits.
    pub head: Linear<Times8<C>, Classes>,
}

impl<Classes: Size, C: Size, In: Size> ConvNext<Classes, C, In> {
    /// A network with `depths[i]` blocks in stage i.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with_depths([one, two, three, four]: [usize; 4], rngs: &mut Rngs) -> Self {
        // Made from left to right: the order in which layers use random keys decides their weights.
        Self {
            stages: Sequential::new((
                (Init::init(rngs), blocks(one, rngs)),
                (Init::init(rngs), blocks(two, rngs)),
                (Init::init(rngs), blocks(three, rngs)),
                (Init::init(rngs), blocks(four, rngs)),
            )),
            norm: Init::init(rngs),
            head: Init::init(rngs),
        }
    }

    /// The input of the head, the normalized mean over all positions: (B, H, W, In) to
    /// (B, 8 C).
    ///
    /// `model.head.forward(features, pass)` gives the logits, and `model.stages.forward(x, pass)` the
    /// features of each position, (B, H/32, W/32, 8 C).
    pub fn features<B: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor![B, H, W, In],
        pass: &mut Pass,
    ) -> Tensor![B, Times8<C>] {
        let mean = self.stages.forward(x, pass).mean_axes::<(Axis<1>, Axis<2>)>();
        self.norm.forward(mean, pass)
    }

    /// The same body with a new head, such as one for other classes.
    #[must_use]
    pub fn with_head<Other: Size>(self, head: Linear<Times8<C>, Other>) -> ConvNext<Other, C, In> {
        ConvNext { stages: self.stages, norm: self.norm, head }
    }
}

impl<B: Dim, H: Dim, W: Dim, Classes: Size, C: Size, In: Size> Layer<Tensor![B, H, W, In]>
    for ConvNext<Classes, C, In>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let features = self.features(x, pass);
        self.head.forward(features, pass)
    }
}

fn blocks<C: Size>(count: usize, rngs: &mut Rngs) -> Blocks<C> {
    (0..count).map(|_| Init::init(rngs)).collect()
}
