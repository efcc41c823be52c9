//! A pre-norm Transformer block that attends to another sequence.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{AttentionMask, Causal, LayerNorm, Linear, MultiHeadAttention};
use nnx_core::size::{Dim, DivisibleBy, Shape, Size};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor};

/// Self-attention, attention to the output of an encoder, and a feed-forward network, each pre-norm and with a residual
/// connection: a sequence `(B, T, D)` and the encoder's `(B, S, D)` give `(B, T, D)`. With
/// [`TransformerBlock`](crate::TransformerBlock)s as the encoder it is half of a translation model.
///
/// ```text
/// x (B, T, D), context (B, S, D)
/// (B, T, D)   layer norm, self-attention of Heads heads, + x        (B, T, D)
/// (B, T, D)   layer norm, attention of Heads heads to context, + x  (B, T, D)
/// (B, T, D)   layer norm, linear, gelu                              (B, T, Hidden)
/// (B, T, Hidden)   linear, + x                                      (B, T, D)
/// ```
///
/// As a layer it takes the pair `(x, context)`, and its self-attention is causal. `DecoderBlock<U64, U4, U128>` has 50,240
/// parameters.
///
/// `io::Foreign::torch()` loads the weights of PyTorch's `nn.TransformerDecoderLayer(D, Heads, Hidden)`, if `attention`
/// is renamed to `self_attn`, and `cross` to `multihead_attn`. It computes the same values only if that has
/// `activation=lambda x: F.gelu(x, approximate="tanh")` (the default is relu), `layer_norm_eps=1e-6` (1e-5),
/// `norm_first=True` (false) and `batch_first=True` (false), and is called with a causal `tgt_mask`. In training it drops
/// 0.1 by default, where this drops nothing.
///
/// Papers: Vaswani et al., Attention is all you need, 2017; pre-norm as in Xiong et al., On
/// layer normalization in the Transformer architecture, 2020.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, ParameterCount}, random::Rngs};
/// use nnx_core::{axis, size::{Batch, Time, U4, U64, U128}, tensor::Tensor};
/// use nnx_models::{DecoderBlock, TransformerBlock};
///
/// axis!(Source);
/// type Decoder = DecoderBlock<U64, U4, U128>;
/// const _: () = assert!(Decoder::PARAMETERS == 50_240);
/// let rngs = &mut Rngs::new(0);
/// let (encoder, decoder) = (TransformerBlock::<U64, U4, U128>::init(rngs), Decoder::init(rngs));
/// let source: Tensor![Batch, Source, 64] = Tensor::from_shape_vec(&[2, 7, 64], vec![0.5; 896])?;
/// let words: Tensor![Batch, Time, 64] = Tensor::from_shape_vec(&[2, 5, 64], vec![0.5; 640])?;
/// let y: Tensor![Batch, Time, 64] = decoder.infer((words, encoder.infer(source)));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[doc(alias = "TransformerDecoderLayer")]
#[derive(Debug, Clone, Module)]
pub struct DecoderBlock<D: DivisibleBy<Heads>, Heads: Size, Hidden: Size> {
    /// The normalization before self-attention.
    pub norm1: LayerNorm<D>,
    /// Self-attention of `Heads` heads.
    pub attention: MultiHeadAttention<Heads, D>,
    /// The normalization before the attention to the context.
    pub norm2: LayerNorm<D>,
    /// Attention to the context, of `Heads` heads.
    pub cross: MultiHeadAttention<Heads, D>,
    /// The normalization before the feed-forward network.
    pub norm3: LayerNorm<D>,
    /// The first layer of the feed-forward network.
    pub linear1: Linear<D, Hidden>,
    /// The second layer of the feed-forward network.
    pub linear2: Linear<Hidden, D>,
}

impl<D: DivisibleBy<Heads>, Heads: Size, Hidden: Size> DecoderBlock<D, Heads, Hidden> {
    /// The block with a mask `(B, Heads, T, T)` over its self-attention, such as [`Causal`], and one `(B, Heads, T, S)`
    /// over its attention to the context, such as that of its padding; `()` is none.
    pub fn masked<B: Dim, T: Dim, S: Dim, M, N>(
        &self,
        x: Tensor![B, T, D],
        context: Tensor![B, S, D],
        mask: M,
        context_mask: N,
        pass: &mut Pass,
    ) -> Tensor![B, T, D]
    where
        M: AttentionMask<(B, Heads, T, T), f32>,
        N: AttentionMask<(B, Heads, T, S), f32>,
    {
        let y = self.norm1.forward(x.clone(), pass);
        let x = x + self.attention.self_attention(y, mask, pass);
        let y = self.norm2.forward(x.clone(), pass);
        let x = x + self.cross.cross_attention(y, context, context_mask, pass);
        let y = self.norm3.forward(x.clone(), pass);
        let y = self.linear1.forward(y, pass).gelu();
        x + self.linear2.forward(y, pass)
    }
}

/// A sequence `(batch, time, D)`: the input of a [`DecoderBlock`].
#[diagnostic::on_unimplemented(
    message = "`DecoderBlock` takes a sequence `(batch, time, {D})` and its context, but the sequence has shape `{Self}`",
    label = "expected `(batch, time, {D})` in the first place"
)]
pub trait DecoderSequence<D>: Shape {
    /// The batch.
    type Batch: Dim;
    /// The time.
    type Time: Dim;
    #[doc(hidden)]
    fn sequence(x: Tensor<Self>) -> Tensor<(Self::Batch, Self::Time, D)>;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, D: Dim> DecoderSequence<D> for (B, T, D) {
    type Batch = B;
    type Time = T;
    fn sequence(x: Tensor<Self>) -> Tensor<Self> {
        x
    }
}

/// A sequence `(B, key time, D)`, to which a [`DecoderBlock`] attends.
#[diagnostic::on_unimplemented(
    message = "`DecoderBlock` attends to a context `({B}, key time, {D})`, but its context has shape `{Self}`",
    label = "expected `({B}, key time, {D})` in the second place",
    note = "the context has the batch and the features of the sequence; its time may be another"
)]
pub trait DecoderContext<B, D>: Shape {
    /// The time of the context.
    type KeyTime: Dim;
    #[doc(hidden)]
    fn context(x: Tensor<Self>) -> Tensor<(B, Self::KeyTime, D)>;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, S: Dim, D: Dim> DecoderContext<B, D> for (B, S, D) {
    type KeyTime = S;
    fn context(x: Tensor<Self>) -> Tensor<Self> {
        x
    }
}

impl<X, C, D: DivisibleBy<Heads>, Heads: Size, Hidden: Size> Layer<(Tensor<X>, Tensor<C>)>
    for DecoderBlock<D, Heads, Hidden>
where
    X: DecoderSequence<D>,
    C: DecoderContext<X::Batch, D>,
{
    type Output = Tensor<(X::Batch, X::Time, D)>;

    fn forward(&self, (x, context): (Tensor<X>, Tensor<C>), pass: &mut Pass) -> Self::Output {
        self.masked(X::sequence(x), C::context(context), Causal, (), pass)
    }
}
