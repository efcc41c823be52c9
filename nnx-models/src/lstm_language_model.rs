//! A language model of LSTM layers.

use nnx_core::module::{Init, Layer, Pass};
use nnx_core::nn::{Embed, Linear, OptimizedLstmCell, Rnn, RnnCell};
use nnx_core::random::Rngs;
use nnx_core::size::{Dim, Size, Time, U1};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor};

use crate::sampling::generation::{check_prompt, one_sequence};
use crate::{GenerationError, Sampler};

/// Memory c and output h of a layer, for a batch of one.
type Carry<Hidden> = (Tensor<(U1, Hidden)>, Tensor<(U1, Hidden)>);

/// An embedding, LSTM layers one above the other, and a linear map: for tokens `(B, T)` below
/// `Vocabulary`, the logits `(B, T, Vocabulary)` of the token that follows each, which depend on it and on
/// those before it (Sutskever et al., 2011, and Graves, 2013, let such models write).
///
/// ```text
/// (B, T)            embedding    (B, T, D)
/// (B, T, D)         lstm         (B, T, Hidden)
/// (B, T, Hidden)    lstm, as many times as there are more layers
/// (B, T, Hidden)    linear       (B, T, Vocabulary)
/// ```
///
/// The number of layers is known when the program runs: 1 unless [`with_layers`](Self::with_layers) is told
/// another one. The first has `4 Hidden (D + Hidden + 1)` parameters, each other `4 Hidden (2 Hidden + 1)`,
/// the embedding `Vocabulary D`, and the head `Vocabulary (Hidden + 1)`.
///
/// Weights start as Flax's layers do. Graves' layers are connected to the input and to the output, all of
/// them; here, as is usual today, each feeds the next. There is no longest sequence: what is remembered of it
/// has always the same size.
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

    /// A model of so many layers.
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

    /// The next `count` tokens after a prompt of any length, one by one as `sampler` chooses them: what the
    /// layers remember goes from token to token.
    ///
    /// # Errors
    /// If the prompt is empty or has a token outside the vocabulary, or if the logits aren't numbers.
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

    /// Reads more tokens of one sequence; gives the logits behind the last.
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
