//! A language model of LSTM layers.

use nnx_core::module::{Init, Layer, Pass};
use nnx_core::nn::{Embed, Linear, OptimizedLstmCell, Rnn, RnnCell};
use nnx_core::random::Rngs;
use nnx_core::size::{Dim, Size, Time, U1};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor};

use crate::sampling::generation::{check_prompt, one_sequence};
use crate::{GenerationError, Sampler};

/// Cell state c and hidden state h of a layer, for a batch of one.
type Carry<Hidden> = (Tensor<(U1, Hidden)>, Tensor<(U1, Hidden)>);

/// An embedding, stacked LSTM layers, and a linear layer: tokens `(B, T)` below `Vocabulary` to logits
/// `(B, T, Vocabulary)` of the next token. The logits at a position depend on the tokens up to it. Sutskever
/// et al. (2011) and Graves (2013) generate text with such models.
///
/// ```text
/// (B, T)            embedding    (B, T, D)
/// (B, T, D)         lstm         (B, T, Hidden)
/// (B, T, Hidden)    lstm, once for each further layer
/// (B, T, Hidden)    linear       (B, T, Vocabulary)
/// ```
///
/// The number of layers is known when the program runs: 1 unless [`with_layers`](Self::with_layers) sets
/// another number. The first layer has `4 Hidden (D + Hidden + 1)` parameters, each further layer
/// `4 Hidden (2 Hidden + 1)`, the embedding `Vocabulary D`, and the head `Vocabulary (Hidden + 1)`.
///
/// Weights are initialized as in Flax's layers. In Graves' model every layer is connected to the input and
/// to the output; here, as is usual today, each layer's output is the input of the next. Sequences may have
/// any length, because the state of the layers has a fixed size.
///
/// ```
/// use nnx_core::{Tensor, module::{Layer, parameters}, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, Time, U16, U32, U65};
/// use nnx_models::{LstmLanguageModel, Sampler};
///
/// // 65 tokens, an embedding of width 16, two layers of 32.
/// let model = LstmLanguageModel::<U65, U16, U32>::with_layers(2, &mut Rngs::new(0));
/// let lstm = 4 * 32 * (16 + 32 + 1) + 4 * 32 * (2 * 32 + 1);
/// assert_eq!(parameters(&model), 65 * 16 + lstm + 65 * 33);
/// let tokens: Tensor![Batch, Time; i32] = Tensor::from_shape_vec(&[2, 8], vec![7; 16])?;
/// let logits: Tensor![Batch, Time, 65] = model.infer(tokens);
///
/// let mut sampler = Sampler::new(0).temperature(0.8)?;
/// let more = model.generate(&[1, 2, 3], 100, &mut sampler)?;
/// assert_eq!(more.len(), 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Module)]
#[module(init = Self::with_layers(1, rngs))]
pub struct LstmLanguageModel<Vocabulary: Size, D: Size, Hidden: Size> {
    /// The embedding of tokens.
    pub tokens: Embed<Vocabulary, D>,
    /// The first LSTM layer.
    pub first: Rnn<OptimizedLstmCell<D, Hidden>>,
    /// The LSTM layers above the first.
    pub others: Vec<Rnn<OptimizedLstmCell<Hidden, Hidden>>>,
    /// The head: from the hidden states to the logits.
    pub head: Linear<Hidden, Vocabulary>,
}

impl<B: Dim, T: Dim, Vocabulary: Size, D: Size, Hidden: Size> Layer<Tensor![B, T; i32]>
    for LstmLanguageModel<Vocabulary, D, Hidden>
{
    type Output = Tensor![B, T, Vocabulary];

    /// # Panics
    /// If a token isn't below `Vocabulary`.
    fn forward(&self, tokens: Tensor![B, T; i32], pass: &mut Pass) -> Self::Output {
        let features = self.features(tokens, pass);
        self.head.forward(features, pass)
    }
}

impl<Vocabulary: Size, D: Size, Hidden: Size> LstmLanguageModel<Vocabulary, D, Hidden> {
    /// The hidden states of the last layer: tokens (B, T) to (B, T, Hidden). That of a token depends on it
    /// and on those before it.
    ///
    /// `model.head.forward(features, pass)` gives the logits.
    ///
    /// # Panics
    /// If a token isn't below `Vocabulary`.
    pub fn features<B: Dim, T: Dim>(
        &self,
        tokens: Tensor![B, T; i32],
        pass: &mut Pass,
    ) -> Tensor![B, T, Hidden] {
        let x: Tensor![B, T, D] = self.tokens.forward(tokens, pass);
        let x: Tensor![B, T, Hidden] = self.first.forward(x, pass);
        self.others.forward(x, pass)
    }

    /// A model with `layers` LSTM layers.
    ///
    /// # Panics
    /// If there is no layer, or `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with_layers(layers: usize, rngs: &mut Rngs) -> Self {
        assert!(layers > 0, "an LSTM language model has at least one layer; found 0");
        Self {
            tokens: Embed::init(rngs),
            first: Rnn::init(rngs),
            others: (1..layers).map(|_| Rnn::init(rngs)).collect(),
            head: Linear::init(rngs),
        }
    }

    /// Generates `count` tokens after a prompt of any length. `sampler` chooses each token; the state of the
    /// layers is carried from token to token.
    ///
    /// # Errors
    /// If the prompt is empty or has a token outside the vocabulary, or if a logit is NaN or +∞.
    pub fn generate(
        &self,
        prompt: &[i32],
        count: usize,
        sampler: &mut Sampler,
    ) -> Result<Vec<i32>, GenerationError> {
        check_prompt(prompt, Vocabulary::USIZE, None)?;
        let mut carries = vec![self.first.cell.zero_carry::<U1>(1)];
        carries.extend(self.others.iter().map(|layer| layer.cell.zero_carry::<U1>(1)));
        let (mut unread, mut tokens) = (prompt.to_vec(), Vec::new());
        for _ in 0..count {
            let token = sampler.sample(&self.read(&unread, &mut carries))?;
            tokens.push(token);
            unread = vec![token];
        }
        Ok(tokens)
    }

    /// Reads more tokens of one sequence and returns the logits after the last token.
    fn read(&self, tokens: &[i32], carries: &mut [Carry<Hidden>]) -> Vec<f32> {
        let pass = &mut Pass::eval();
        let (first, others) = carries.split_first_mut().expect("the first layer has a carry");
        let x: Tensor![1, Time, D] = self.tokens.forward(one_sequence(tokens), pass);
        let (after, mut x) = self.first.over(x).initial_carry(first.clone()).run(pass);
        *first = after;
        for (layer, carry) in self.others.iter().zip(others) {
            (*carry, x) = layer.over(x).initial_carry(carry.clone()).run(pass);
        }
        let logits = self.head.forward(x, pass).to_vec();
        logits[logits.len() - Vocabulary::USIZE..].to_vec()
    }
}
