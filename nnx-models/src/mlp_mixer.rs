//! An MLP-Mixer.

use nnx_core::module::{Init, Layer, Pass};
use nnx_core::nn::{Conv, LayerNorm, Linear};
use nnx_core::random::Rngs;
use nnx_core::size::rules::Axis;
use nnx_core::size::{Dim, Positive, Product, QuotientUp, Size, Strided, U3};
use nnx_core::{Module, Tensor};

/// The number of P × P patches in an image. The last patch of a row or a column is padded if it isn't full.
type Patches<H, W, P> = Product<QuotientUp<H, P>, QuotientUp<W, P>>;

/// An MLP-Mixer (Tolstikhin et al., 2021): images `(B, H, W, C)` to logits `(B, Classes)`. It consists of
/// linear layers only. They mix, in turn, the patches (for each feature) and the features (for each patch).
///
/// ```text
/// (B, H, W, C)    convolution P x P, stride P    (B, H / P, W / P, D), (B, N, D)
/// (B, N, D)       depth times:
///                     x + tokens(norm(x))        (B, D, N), (B, D, TokenHidden), (B, D, N), (B, N, D)
///                     x + channels(norm(x))      (B, N, ChannelHidden), (B, N, D)
/// (B, N, D)       norm, mean over the patches    (B, D)
/// (B, D)          linear                         (B, Classes)
/// ```
///
/// where `tokens` and `channels` are two linear layers each, with gelu in between.
///
/// | parameter | meaning | Mixer-S/16 |
/// |---|---|---|
/// | `H`, `W` | height and width of the image | 224 |
/// | `P` | height and width of a patch | 16 |
/// | `D` | width | 512 |
/// | `TokenHidden` | hidden features of the layers over patches | 256 |
/// | `ChannelHidden` | hidden features of the layers over channels | 2048 |
/// | `Classes` | classes | 1000 |
/// | `C` | channels of the image, 3 by default | 3 |
///
/// The depth is known when the program runs: 8, as Mixer-S has it, unless
/// [`with_depth`](Self::with_depth) sets another depth. Mixer-S/16 has 18,528,264 parameters.
///
/// As in the paper's code, gelu is the tanh approximation, which is Flax's default. Weights are initialized
/// as in Flax's layers, where the paper initializes the head with zeros. There is no stochastic depth.
///
/// ```
/// use nnx_core::{Tensor, module::{Layer, parameters}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U8, U10, U12, U16, U24, U32};
/// use nnx_models::MlpMixer;
///
/// // Images of 32 x 32, patches of 8 x 8: 16 of them.
/// let model = MlpMixer::<U32, U32, U8, U12, U24, U32, U10>::with_depth(2, &mut Rngs::new(0));
/// let block = 4 * 12 + (16 * 24 + 24 + 24 * 16 + 16) + (12 * 32 + 32 + 32 * 12 + 12);
/// assert_eq!(parameters(&model), (192 + 1) * 12 + 2 * block + 2 * 12 + 13 * 10);
/// let images: Tensor![Batch, 32, 32, 3] = Tensor::from_vec(vec![0.5; 2 * 32 * 32 * 3])?;
/// let logits: Tensor![Batch, 10] = model.infer(images);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
#[module(init = Self::with_depth(8, rngs))]
pub struct MlpMixer<
    H: Size,
    W: Size,
    P: Size,
    D: Size,
    TokenHidden: Size,
    ChannelHidden: Size,
    Classes: Size,
    C: Size = U3,
> {
    /// Turns each patch into a vector: a convolution whose stride is its kernel size.
    pub patches: Conv<C, D, (P, P), Strided<P>>,
    /// The mixer blocks.
    pub blocks: Vec<MixerBlock<Patches<H, W, P>, D, TokenHidden, ChannelHidden>>,
    /// The normalization after the last block.
    pub norm: LayerNorm<D>,
    /// The head: from the mean over the patches to the logits.
    pub head: Linear<D, Classes>,
}

/// A block of an [`MlpMixer`]: two linear layers over N patches, and two over D features. The shape
/// `(B, N, D)` stays the same.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, random::Rngs, size::{U4, U8, U16, U32}, tensor::Tensor};
/// use nnx_models::MixerBlock;
///
/// let block = MixerBlock::<U4, U8, U16, U32>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 4, 8] = Tensor::ones();
/// let y: Tensor![2, 4, 8] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct MixerBlock<N: Size, D: Size, TokenHidden: Size, ChannelHidden: Size> {
    /// The normalization before the layers over patches.
    pub norm1: LayerNorm<D>,
    /// The first layer over patches.
    pub tokens1: Linear<N, TokenHidden>,
    /// The second layer over patches.
    pub tokens2: Linear<TokenHidden, N>,
    /// The normalization before the layers over features.
    pub norm2: LayerNorm<D>,
    /// The first layer over features.
    pub channels1: Linear<D, ChannelHidden>,
    /// The second layer over features.
    pub channels2: Linear<ChannelHidden, D>,
}

impl<B: Dim, N: Size, D: Size, TokenHidden: Size, ChannelHidden: Size> Layer<Tensor![B, N, D]>
    for MixerBlock<N, D, TokenHidden, ChannelHidden>
{
    type Output = Tensor![B, N, D];

    fn forward(&self, x: Tensor![B, N, D], pass: &mut Pass) -> Self::Output {
        // (B, D, N): the patches become the last axis.
        let y: Tensor![B, D, N] = self.norm1.forward(x.clone(), pass).transpose();
        let y = self.tokens1.forward(y, pass).gelu();
        let x = x + self.tokens2.forward(y, pass).transpose();
        let y = self.norm2.forward(x.clone(), pass);
        let y = self.channels1.forward(y, pass).gelu();
        x + self.channels2.forward(y, pass)
    }
}

impl<
    B: Dim,
    H: Size,
    W: Size,
    P: Positive,
    D: Size,
    TokenHidden: Size,
    ChannelHidden: Size,
    Classes,
    C,
> Layer<Tensor![B, H, W, C]> for MlpMixer<H, W, P, D, TokenHidden, ChannelHidden, Classes, C>
where
    Classes: Size,
    C: Size,
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let features = self.features(x, pass);
        self.head.forward(features, pass)
    }
}

impl<H: Size, W: Size, P: Size, D: Size, TokenHidden: Size, ChannelHidden: Size, Classes, C>
    MlpMixer<H, W, P, D, TokenHidden, ChannelHidden, Classes, C>
where
    Classes: Size,
    C: Size,
{
    /// The input of the head: the mean over the patches after the last normalization. (B, H, W, C) to (B, D).
    ///
    /// `model.head.forward(features, pass)` gives the logits.
    pub fn features<B: Dim>(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Tensor![B, D]
    where
        P: Positive,
    {
        let x: Tensor![B, Patches<H, W, P>, D] = self.patches.forward(x, pass).flatten_axes::<1>();
        self.norm.forward(self.blocks.forward(x, pass), pass).mean_axes::<Axis<1>>()
    }

    /// The same body with a new head, such as one for other classes.
    #[must_use]
    pub fn with_head<Other: Size>(
        self,
        head: Linear<D, Other>,
    ) -> MlpMixer<H, W, P, D, TokenHidden, ChannelHidden, Other, C> {
        MlpMixer { patches: self.patches, blocks: self.blocks, norm: self.norm, head }
    }

    /// A model with `depth` blocks.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with_depth(depth: usize, rngs: &mut Rngs) -> Self {
        Self {
            patches: Conv::init(rngs),
            blocks: (0..depth).map(|_| MixerBlock::init(rngs)).collect(),
            norm: LayerNorm::init(rngs),
            head: Linear::init(rngs),
        }
    }
}
