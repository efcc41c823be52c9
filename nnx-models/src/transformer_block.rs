//! A pre-norm Transformer block.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{AttentionMask, LayerNorm, Linear};
use nnx_core::size::{Dim, DivisibleBy, Size};
use nnx_core::{Module, Tensor};

use crate::SelfAttention;

/// Attention and a feed-forward network, both pre-norm and with a residual connection: sequences `(B, T, D)`
/// of any length to the same shape.
///
/// ```text
/// (B, T, D)   layer norm, self-attention of Heads heads, + x     (B, T, D)
/// (B, T, D)   layer norm, linear, gelu                           (B, T, Hidden)
/// (B, T, Hidden)   linear, + x                                   (B, T, D)
/// ```
///
/// `TransformerBlock<U64, U4, U128>` has 33,472 parameters. From the same seed it has the same initial
/// weights as the Flax model. Gelu is the tanh approximation, Flax's default, which GPT-2 uses, too.
///
/// Papers: Vaswani et al., Attention is all you need, 2017; pre-norm as in Xiong et al., On
/// layer normalization in the Transformer architecture, 2020.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount, Pass}, nn::Causal, random::Rngs};
/// use nnx_core::{size::{Batch, Time, U4, U64, U128}, tensor::Tensor};
/// use nnx_models::TransformerBlock;
///
/// type Block = TransformerBlock<U64, U4, U128>;
/// const _: () = assert!(Block::PARAMETERS == 33_472);
/// let block = Block::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, Time, 64] = Tensor::from_shape_vec(&[2, 5, 64], vec![0.5; 640])?;
/// let y: Tensor![Batch, Time, 64] = block.infer(x.clone());
/// // In a language model, a position attends only to itself and to earlier positions:
/// let y: Tensor![Batch, Time, 64] = block.masked(x, Causal, &mut Pass::eval());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[doc(alias = "TransformerEncoderLayer")]
#[derive(Debug, Clone, Module)]
pub struct TransformerBlock<D: DivisibleBy<Heads>, Heads: Size, Hidden: Size> {
    /// The normalization before attention.
    pub norm1: LayerNorm<D>,
    /// Self-attention of `Heads` heads.
    pub attention: SelfAttention<D, Heads>,
    /// The normalization before the feed-forward network.
    pub norm2: LayerNorm<D>,
    /// The first layer of the feed-forward network.
    pub linear1: Linear<D, Hidden>,
    /// The second layer of the feed-forward network.
    pub linear2: Linear<Hidden, D>,
}

impl<D: DivisibleBy<Heads>, Heads: Size, Hidden: Size> TransformerBlock<D, Heads, Hidden> {
    /// The block with a mask `(B, Heads, T, T)` over its attention, such as
    /// [`Causal`](nnx_core::nn::Causal).
    pub fn masked<B: Dim, T: Dim, M: AttentionMask<(B, Heads, T, T), f32>>(
        &self,
        x: Tensor![B, T, D],
        mask: M,
        pass: &mut Pass,
    ) -> Tensor![B, T, D] {
        let y = self.norm1.forward(x.clone(), pass);
        let x = x + self.attention.masked(y, mask, pass);
        let y = self.norm2.forward(x.clone(), pass);
        let y = self.linear1.forward(y, pass).gelu();
        x + self.linear2.forward(y, pass)
    }
}

impl<B: Dim, T: Dim, D: DivisibleBy<Heads>, Heads: Size, Hidden: Size> Layer<Tensor![B, T, D]>
    for TransformerBlock<D, Heads, Hidden>
{
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        self.masked(x, (), pass)
    }
}
