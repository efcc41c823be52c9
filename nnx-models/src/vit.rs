//! A vision transformer.

#[cfg(feature = "safetensors")]
mod hugging_face;

use nnx_core::module::{Init, Layer, Param, Pass};
use nnx_core::nn::{
    Conv, KernelOptions, LayerNorm, LearnedPositions, Linear, MultiHeadAttention, NormOptions,
};
use nnx_core::random::Rngs;
use nnx_core::random::init::{normal, zeros};
use nnx_core::size::rules::Axis;
use nnx_core::size::{
    Dim, DivisibleBy, Positive, Product, QuotientUp, Size, Strided, Sum, U1, U3, U4,
};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor};

/// The number of P × P patches in an image. The last patch of a row or a column is padded if it isn't full.
type Patches<H, W, P> = Product<QuotientUp<H, P>, QuotientUp<W, P>>;
/// The length of the sequence: the class token, and one token for each patch.
type Tokens<H, W, P> = Sum<U1, Patches<H, W, P>>;

/// A vision transformer (ViT; Dosovitskiy et al., 2021): images `(B, H, W, C)` to logits `(B, Classes)`.
/// Each patch of the image becomes a token.
///
/// ```text
/// (B, H, W, C)     convolution P x P, stride P     (B, H / P, W / P, D), (B, N, D)
/// (B, N, D)        class token prepended, + positions     (B, 1 + N, D)
/// (B, 1 + N, D)    depth times:
///                      x + attention(norm(x))               (B, 1 + N, D)
///                      x + linear(gelu(linear(norm(x))))    (B, 1 + N, 4 D), (B, 1 + N, D)
/// (B, 1 + N, D)    norm, the class token, linear     (B, D), (B, Classes)
/// ```
///
/// | parameter | meaning | ViT-Base/16 |
/// |---|---|---|
/// | `H`, `W` | height and width of the image | 224 |
/// | `P` | height and width of a patch | 16 |
/// | `D` | width, which `Heads` divides | 768 |
/// | `Heads` | heads of attention | 12 |
/// | `Classes` | classes | 1000 |
/// | `C` | channels of the image, 3 by default | 3 |
///
/// The depth is known when the program runs: 12, as ViT-Base has it, unless
/// [`with_depth`](Self::with_depth) sets another depth; [`epsilon`](Self::epsilon) sets that of the norms, 1e-6 as in the
/// paper's code. `Vit::hugging_face` loads published weights. With N patches there are
/// `(P² C + 1) D + (2 + N) D + depth (12 D² + 13 D) + 2 D + (D + 1) Classes` parameters: 86,567,656 of
/// ViT-Base/16.
///
/// As in the paper's code, gelu is exact, and the initial positions are normal with standard deviation
/// 0.02. The class token and the head are initialized with zeros, so all classes are equally likely at
/// first. Two things differ from the paper: the other weights are initialized as in Flax (`lecun_normal`),
/// and there is no dropout (the paper uses 0.1 when it trains on ImageNet alone).
///
/// ```
/// use nnx_core::{Tensor, module::{Layer, parameters}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U3, U4, U8, U10, U12, U32};
/// use nnx_models::Vit;
///
/// // Images of 32 x 32, patches of 8 x 8: 16 of them, and width 12 in 3 heads.
/// let model = Vit::<U32, U32, U8, U12, U3, U10>::with_depth(2, &mut Rngs::new(0));
/// let blocks = 2 * (12 * 12 * 12 + 13 * 12);
/// assert_eq!(parameters(&model), (192 + 1) * 12 + (2 + 16) * 12 + blocks + 24 + 13 * 10);
/// let images: Tensor![Batch, 32, 32, 3] = Tensor::from_vec(vec![0.5; 2 * 32 * 32 * 3])?;
/// let logits: Tensor![Batch, 10] = model.infer(images);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Module)]
#[module(init = Self::with_depth(12, rngs))]
pub struct Vit<
    H: Size,
    W: Size,
    P: Size,
    D: DivisibleBy<Heads>,
    Heads: Size,
    Classes: Size,
    C: Size = U3,
> {
    /// Turns each patch into a token: a convolution whose stride is its kernel size.
    pub patches: Conv<C, D, (P, P), Strided<P>>,
    /// The class token, which is prepended to the patches.
    pub class: Param<(U1, D)>,
    /// The position embeddings, which are added to the tokens.
    pub positions: LearnedPositions<Tokens<H, W, P>, D>,
    /// The Transformer blocks.
    pub blocks: Vec<VitBlock<D, Heads>>,
    /// The normalization after the last block.
    pub norm: LayerNorm<D>,
    /// The head: from the class token to the logits.
    pub head: Linear<D, Classes>,
}

/// A block of a [`Vit`]: attention and a feed-forward network, both pre-norm. The shape `(B, N, D)`
/// stays the same.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, random::Rngs, size::{U2, U8}, tensor::Tensor};
/// use nnx_models::VitBlock;
///
/// let block = VitBlock::<U8, U2>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 8] = Tensor::ones();
/// let y: Tensor![2, 5, 8] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct VitBlock<D: DivisibleBy<Heads>, Heads: Size> {
    /// The normalization before attention.
    pub norm1: LayerNorm<D>,
    /// Self-attention of `Heads` heads.
    pub attention: MultiHeadAttention<Heads, D>,
    /// The normalization before the feed-forward network.
    pub norm2: LayerNorm<D>,
    /// The first layer of the feed-forward network: (D, 4 D).
    pub expand: Linear<D, Product<D, U4>>,
    /// The second layer of the feed-forward network: (4 D, D).
    pub contract: Linear<Product<D, U4>, D>,
}

impl<B: Dim, N: Dim, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, N, D]>
    for VitBlock<D, Heads>
{
    type Output = Tensor![B, N, D];

    fn forward(&self, x: Tensor![B, N, D], pass: &mut Pass) -> Self::Output {
        let y = self.norm1.forward(x.clone(), pass);
        let x = x + self.attention.forward(y, pass);
        let y = self.norm2.forward(x.clone(), pass);
        let y = self.expand.forward(y, pass).gelu_exact();
        x + self.contract.forward(y, pass)
    }
}

impl<B: Dim, H: Size, W: Size, P: Positive, D, Heads: Size, Classes: Size, C: Size>
    Layer<Tensor![B, H, W, C]> for Vit<H, W, P, D, Heads, Classes, C>
where
    D: DivisibleBy<Heads>,
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let features = self.features(x, pass);
        self.head.forward(features, pass)
    }
}

impl<H: Size, W: Size, P: Size, D: DivisibleBy<Heads>, Heads: Size, Classes: Size, C: Size>
    Vit<H, W, P, D, Heads, Classes, C>
{
    /// All tokens after the last normalization: (B, H, W, C) to (B, 1 + N, D). The class token is first, then
    /// the patches follow, row by row.
    pub fn tokens<B: Dim>(
        &self,
        x: Tensor![B, H, W, C],
        pass: &mut Pass,
    ) -> Tensor![B, Tokens<H, W, P>, D]
    where
        P: Positive,
    {
        let x: Tensor![B, Patches<H, W, P>, D] = self.patches.forward(x, pass).flatten_axes::<1>();
        // One class token for each image.
        let one_each = x.clone().mean_axes::<Axis<1>>().insert_axis::<1>();
        let class = self.class.get(pass).broadcast_like(&one_each);
        let x: Tensor![B, Tokens<H, W, P>, D] =
            class.concat::<1, (B, Patches<H, W, P>, D)>(x) + self.positions.embedding.get(pass);
        self.norm.forward(self.blocks.forward(x, pass), pass)
    }

    /// The input of the head: the class token after the last normalization. (B, H, W, C) to (B, D).
    ///
    /// `model.head.forward(features, pass)` gives the logits.
    pub fn features<B: Dim>(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Tensor![B, D]
    where
        P: Positive,
    {
        let (class, _) = self.tokens(x, pass).split::<1, U1, Patches<H, W, P>>();
        class.sum_axes::<Axis<1>>()
    }

    /// The same body with a new head, such as one for other classes.
    #[must_use]
    pub fn with_head<Other: Size>(
        self,
        head: Linear<D, Other>,
    ) -> Vit<H, W, P, D, Heads, Other, C> {
        Vit {
            patches: self.patches,
            class: self.class,
            positions: self.positions,
            blocks: self.blocks,
            norm: self.norm,
            head,
        }
    }

    /// The same model with this epsilon of all normalizations: Hugging Face's models have 1e-12.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        let with = |norm: LayerNorm<D>| {
            let LayerNorm { scale, bias, .. } = norm;
            let options = NormOptions::default().epsilon(epsilon);
            let mut norm = LayerNorm::with(&options, &mut Rngs::new(0));
            (norm.scale, norm.bias) = (scale, bias);
            norm
        };
        self.norm = with(self.norm);
        let blocks = self.blocks.into_iter().map(|block| VitBlock {
            norm1: with(block.norm1),
            norm2: with(block.norm2),
            ..block
        });
        self.blocks = blocks.collect();
        self
    }

    /// A model with `depth` blocks.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with_depth(depth: usize, rngs: &mut Rngs) -> Self {
        let from_zeros = KernelOptions::default().kernel(zeros());
        Self {
            patches: Conv::init(rngs),
            class: Param::new(Tensor::zeros()),
            positions: LearnedPositions::with(&normal(0.02), rngs),
            blocks: (0..depth).map(|_| VitBlock::init(rngs)).collect(),
            norm: LayerNorm::init(rngs),
            head: Linear::with(&from_zeros, rngs),
        }
    }
}
