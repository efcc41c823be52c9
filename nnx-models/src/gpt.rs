//! GPT: a decoder-only transformer.

mod generate;
#[cfg(feature = "safetensors")]
mod hugging_face;

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::bounds::PositionIn;
use nnx_core::nn::{
    AttentionOptions, Causal, Dropout, Embed, KernelOptions, LayerNorm, LearnedPositions, Linear,
    MultiHeadAttention, NormOptions,
};
use nnx_core::random::Rngs;
use nnx_core::random::init::normal;
use nnx_core::size::{Dim, DivisibleBy, Product, Size, U4};
use nnx_core::{Module, Tensor};

/// A decoder-only transformer like GPT-2 (Radford et al., 2019): tokens `(B, T)` below `Vocabulary` to
/// logits `(B, T, Vocabulary)` of the next token. The logits at a position depend on the tokens up to it.
///
/// ```text
/// (B, T)       embedding of tokens + of positions, dropout    (B, T, D)
/// (B, T, D)    depth times:
///                  x + dropout(causal attention(norm(x)))     (B, T, D)
///                  x + dropout(linear(gelu(linear(norm(x))))) (B, T, 4 D), (B, T, D)
/// (B, T, D)    norm, times the transposed token embedding     (B, T, Vocabulary)
/// ```
///
/// | parameter | meaning | GPT-2 small |
/// |---|---|---|
/// | `Vocabulary` | the number of tokens | 50,257 |
/// | `Context` | the longest sequence | 1,024 |
/// | `D` | width, which `Heads` divides | 768 |
/// | `Heads` | heads of attention | 12 |
///
/// The depth is known when the program runs: 12 unless [`GptOptions::depth`] sets another depth. A
/// model has `(Vocabulary + Context) D + depth (12 D² + 13 D) + 2 D` parameters.
///
/// As in GPT-2, positions are learned, gelu is the tanh approximation, and the head shares the weights of
/// the token embedding (tied weights), which saves `Vocabulary D` parameters. The initial weights have a
/// standard deviation of 0.02, or `0.02 / √(2 depth)` in layers whose output is added to the residual
/// stream. Two things differ from GPT-2: the epsilon of the norms is Flax's 1e-6 instead of 1e-5 unless
/// [`GptOptions::epsilon`] sets it, and dropout is off unless [`GptOptions::dropout`] sets it (GPT-2 uses 0.1).
/// `Gpt::hugging_face` loads the published weights.
///
/// ```
/// use nnx_core::{Tensor, module::{Layer, parameters}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, Time, U4, U16, U32, U65};
/// use nnx_models::{Gpt, GptOptions, Sampler};
///
/// // 65 tokens, a context of 16, width 32, 4 heads.
/// let model = Gpt::<U65, U16, U32, U4>::with(&GptOptions::default().depth(2), &mut Rngs::new(0));
/// assert_eq!(parameters(&model), (65 + 16) * 32 + 2 * (12 * 32 * 32 + 13 * 32) + 2 * 32);
/// let tokens: Tensor![Batch, Time; i32] = Tensor::from_shape_vec(&[2, 8], vec![7; 16])?;
/// let logits: Tensor![Batch, Time, 65] = model.infer(tokens);
///
/// let mut sampler = Sampler::new(0).temperature(0.8)?.top_k(10)?;
/// let more = model.generate(&[1, 2, 3], 100, &mut sampler)?;
/// assert_eq!(more.len(), 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Module)]
#[module(init = Self::with(&GptOptions::default(), rngs))]
pub struct Gpt<Vocabulary: Size, Context: Size, D: DivisibleBy<Heads>, Heads: Size> {
    /// The token embedding, whose weights are those of the head, too.
    pub tokens: Embed<Vocabulary, D>,
    /// The position embeddings, which are added to the tokens.
    pub positions: LearnedPositions<Context, D>,
    /// Dropout of the embeddings.
    pub dropout: Dropout,
    /// The Transformer blocks.
    pub blocks: Vec<GptBlock<D, Heads>>,
    /// The normalization after the last block.
    pub norm: LayerNorm<D>,
}

/// A block of a [`Gpt`]: causal attention and a feed-forward network, both pre-norm. The shape
/// `(B, T, D)` stays the same.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{Tensor, random::Rngs, size::{U2, U8}, tensor::Tensor};
/// use nnx_models::GptBlock;
///
/// let block = GptBlock::<U8, U2>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 8] = Tensor::ones();
/// let y: Tensor![2, 5, 8] = block.infer(x);
/// # let _ = y;
/// ```
#[derive(Debug, Clone, Module)]
pub struct GptBlock<D: DivisibleBy<Heads>, Heads: Size> {
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
    /// Dropout of the outputs of attention and of the feed-forward network.
    pub dropout: Dropout,
}

/// The depth, the dropout rate and the epsilon of a [`Gpt`].
#[derive(Debug, Clone, Copy)]
pub struct GptOptions {
    depth: usize,
    dropout: f64,
    epsilon: f64,
}

impl Default for GptOptions {
    fn default() -> Self {
        Self { depth: 12, dropout: 0.0, epsilon: 1e-6 }
    }
}

impl GptOptions {
    /// The number of blocks, 12 by default.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    pub fn depth(self, depth: usize) -> Self {
        assert!(depth > 0, "a GPT has at least one block; found a depth of 0");
        Self { depth, ..self }
    }

    /// The dropout rate in training, 0 by default: of the embeddings, of the attention weights, and of the
    /// outputs of attention and of the feed-forward network.
    ///
    /// # Panics
    /// If it isn't within 0 to 1.
    #[must_use]
    pub fn dropout(self, rate: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&rate),
            "a dropout rate is the probability to drop, within 0 to 1; found {rate}"
        );
        Self { dropout: rate, ..self }
    }

    /// The epsilon of all normalizations, 1e-6 by default; 1e-5 in GPT-2.
    #[must_use]
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    fn norm<D: Size>(&self, rngs: &mut Rngs) -> LayerNorm<D> {
        LayerNorm::with(&NormOptions::default().epsilon(self.epsilon), rngs)
    }
}

/// The standard deviation of the initial weights.
const DEVIATION: f64 = 0.02;

impl<D: DivisibleBy<Heads>, Heads: Size> GptBlock<D, Heads> {
    fn with(options: &GptOptions, rngs: &mut Rngs) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "a depth is far below 2^23")]
        let added = DEVIATION / (2.0 * options.depth as f64).sqrt();
        let attention = AttentionOptions::default().kernel(normal(DEVIATION));
        let attention = attention.out_kernel(normal(added)).dropout(options.dropout);
        let start = |deviation| KernelOptions::default().kernel(normal(deviation));
        Self {
            norm1: options.norm(rngs),
            attention: MultiHeadAttention::with(&attention, rngs),
            norm2: options.norm(rngs),
            expand: Linear::with(&start(DEVIATION), rngs),
            contract: Linear::with(&start(added), rngs),
            dropout: Dropout::new(options.dropout, rngs),
        }
    }
}

impl<B: Dim, T: Dim, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, T, D]>
    for GptBlock<D, Heads>
{
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        let y = self.norm1.forward(x.clone(), pass);
        let y = self.attention.self_attention(y, Causal, pass);
        let x = x + self.dropout.forward(y, pass);
        let y = self.norm2.forward(x.clone(), pass);
        let y = self.expand.forward(y, pass).gelu();
        let y = self.contract.forward(y, pass);
        x + self.dropout.forward(y, pass)
    }
}

impl<B: Dim, T, Vocabulary: Size, Context: Size, D: DivisibleBy<Heads>, Heads: Size>
    Layer<Tensor![B, T; i32]> for Gpt<Vocabulary, Context, D, Heads>
where
    T: PositionIn<Context>,
{
    type Output = Tensor![B, T, Vocabulary];

    /// # Panics
    /// If a token isn't below `Vocabulary`, or a runtime axis of time is longer than `Context`. In a
    /// [`Pass::decode`], if there is no cache or no room in it.
    fn forward(&self, tokens: Tensor![B, T; i32], pass: &mut Pass) -> Self::Output {
        let features = self.features(tokens, pass);
        self.logits(features, pass)
    }
}

impl<Vocabulary: Size, Context: Size, D: DivisibleBy<Heads>, Heads: Size>
    Gpt<Vocabulary, Context, D, Heads>
{
    /// The final hidden states of a sequence, after the last normalization: tokens (B, T) to (B, T, D). The
    /// state at a position depends on the tokens up to it. [`logits`](Self::logits) turns them into logits.
    ///
    /// PyTorch: `last_hidden_state` of Hugging Face's `GPT2Model`.
    ///
    /// # Panics
    /// As [`forward`](Layer::forward).
    pub fn features<B: Dim, T: PositionIn<Context>>(
        &self,
        tokens: Tensor![B, T; i32],
        pass: &mut Pass,
    ) -> Tensor![B, T, D] {
        let cached = || self.blocks.first().and_then(|block| block.attention.cached(pass));
        let start = if pass.is_decoding() { cached() } else { None };
        let x: Tensor![B, T, D] = self.tokens.forward(tokens, pass);
        let x = self.positions.starting_at(start.unwrap_or(0), x, pass);
        let x = self.dropout.forward(x, pass);
        let x = self.blocks.forward(x, pass);
        self.norm.forward(x, pass)
    }

    /// The logits of the next token for final hidden states, by the embedding of the tokens: (B, T, D) to
    /// (B, T, Vocabulary).
    pub fn logits<B: Dim, T: Dim>(
        &self,
        features: Tensor![B, T, D],
        pass: &mut Pass,
    ) -> Tensor![B, T, Vocabulary] {
        self.tokens.attend(features, pass)
    }

    /// A model with these options.
    ///
    /// # Panics
    /// If `rngs` has neither the streams `params` and `dropout` nor a default one.
    #[must_use]
    pub fn with(options: &GptOptions, rngs: &mut Rngs) -> Self {
        Self {
            tokens: Embed::with(&normal(DEVIATION), rngs),
            positions: LearnedPositions::with(&normal(DEVIATION), rngs),
            dropout: Dropout::new(options.dropout, rngs),
            blocks: (0..options.depth).map(|_| GptBlock::with(options, rngs)).collect(),
            norm: options.norm(rngs),
        }
    }
}
