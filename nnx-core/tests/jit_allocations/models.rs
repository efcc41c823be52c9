//! The models whose steps are counted.

use nnx_core::module::{Layer, Pass};
use nnx_core::nn::{
    BagMode, BatchNorm, Conv, Dropout, Embed, EmbeddingBag, Flatten, GruCell, LayerNorm, Linear,
    LstmCell, MaxPool, MultiHeadAttention, Relu, Rnn, Sequential, Tanh,
};
use nnx_core::size::{Strided, U1, U2, U3, U4, U8, U16, U32, U64, U256, U512};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor, dim};

#[derive(Debug, Module)]
#[module(sequential)]
pub(crate) struct Cnn {
    conv: Conv<U1, U4, (U3, U3)>,
    norm: BatchNorm<U4>,
    relu: Relu,
    pool: MaxPool<(U2, U2)>,
    flatten: Flatten,
    output: Linear<dim!(4 * 4 * 4), U4>,
}

#[derive(Debug, Module)]
#[module(sequential)]
pub(crate) struct Normed {
    first: Linear<U8, U16>,
    norm: LayerNorm<U16>,
    #[module(init = Dropout::new(0.2, rngs))]
    dropout: Dropout,
    output: Linear<U16, U4>,
}

pub(crate) type Lstm = Rnn<LstmCell<U3, U16>>;
pub(crate) type Gru = Rnn<GruCell<U3, U16>>;

/// Attention with a residual.
#[derive(Debug, Module)]
pub(crate) struct Block {
    attention: MultiHeadAttention<U2, U8>,
}

impl Layer<Tensor![2, 5, 8]> for Block {
    type Output = Tensor![2, 5, 8];
    fn forward(&self, x: Tensor![2, 5, 8], pass: &mut Pass) -> Tensor![2, 5, 8] {
        x.clone() + self.attention.forward(x, pass)
    }
}

/// A hidden layer of 256 and a batch of 64: products and elementwise loops that several threads share.
pub(crate) type Wide =
    Sequential<(Linear<U64, U256>, Relu, Linear<U256, U256>, Tanh, Linear<U256, U16>)>;
pub(crate) type WideLstm = Rnn<LstmCell<U32, U64>>;
pub(crate) type WideGru = Rnn<GruCell<U32, U64>>;

/// Images of 16 × 16, as many as threads share.
#[derive(Debug, Module)]
#[module(sequential)]
pub(crate) struct Images {
    conv: Conv<U3, U16, (U3, U3)>,
    norm: BatchNorm<U16>,
    relu: Relu,
    conv2: Conv<U16, U32, (U3, U3)>,
    pool: MaxPool<(U2, U2)>,
    flatten: Flatten,
    output: Linear<dim!(8 * 8 * 32), U16>,
}

/// A Transformer block.
#[derive(Debug, Module)]
pub(crate) struct Encoder {
    norm: LayerNorm<U64>,
    attention: MultiHeadAttention<U4, U64>,
    #[module(init = Dropout::new(0.1, rngs))]
    dropout: Dropout,
    hidden: Linear<U64, U256>,
    output: Linear<U256, U64>,
}

impl Layer<Tensor![8, 64, 64]> for Encoder {
    type Output = Tensor![8, 64, 64];
    fn forward(&self, x: Tensor![8, 64, 64], pass: &mut Pass) -> Tensor![8, 64, 64] {
        let y = self.norm.forward(x.clone(), pass);
        let x = x + self.dropout.forward(self.attention.forward(y, pass), pass);
        x.clone() + self.output.forward(self.hidden.forward(x, pass).gelu(), pass)
    }
}

/// Convolutions whose gradients need more than a megabyte besides the results.
#[derive(Debug, Module)]
#[module(sequential)]
pub(crate) struct LargeConvs {
    halved: Conv<U64, U512, (U3, U3), Strided<U2>>,
    relu: Relu,
    same: Conv<U512, U512, (U3, U3)>,
}

/// Lookups in a table of 150,000 words. Sums, means and maxima of bags need more than a megabyte besides the results.
#[derive(Debug, Module)]
pub(crate) struct Vocabulary {
    embed: Embed<dim!(150_000), U32>,
    means: EmbeddingBag<dim!(150_000), U32>,
    #[module(init = EmbeddingBag::init(rngs).mode(BagMode::Max))]
    maxima: EmbeddingBag<dim!(150_000), U32>,
}

impl Layer<Tensor![12_000, 32]> for Vocabulary {
    type Output = Tensor![12_000, 32];
    fn forward(&self, x: Tensor![12_000, 32], pass: &mut Pass) -> Tensor![12_000, 32] {
        let index = |i: i32| if i % 3 == 0 { 7 } else { i * 31 % 150_000 };
        let words: Tensor![12_000; i32] =
            Tensor::from_vec((0..12_000).map(index).collect()).expect("12,000 words");
        let bags: Tensor![12_000, 2; i32] =
            Tensor::from_vec((0..24_000).map(index).collect()).expect("12,000 bags");
        let y = x + self.embed.forward(words, pass) + self.means.forward(bags.clone(), pass);
        y + self.maxima.forward(bags, pass)
    }
}

/// One layer six times: its weights are read more often than once in a step.
#[derive(Debug, Module)]
pub(crate) struct Shared {
    linear: Linear<U64, U64>,
}

impl Layer<Tensor![16, 64]> for Shared {
    type Output = Tensor![16, 64];
    fn forward(&self, x: Tensor![16, 64], pass: &mut Pass) -> Tensor![16, 64] {
        (0..6).fold(x, |x, _| self.linear.forward(x, pass))
    }
}

/// Lookups of constant indices, of which one is more frequent than others.
#[derive(Debug, Module)]
pub(crate) struct Words {
    embed: Embed<U256, U64>,
    means: EmbeddingBag<U256, U64>,
    #[module(init = EmbeddingBag::init(rngs).mode(BagMode::Max))]
    maxima: EmbeddingBag<U256, U64>,
}

impl Layer<Tensor![1024, 64]> for Words {
    type Output = Tensor![1024, 64];
    fn forward(&self, x: Tensor![1024, 64], pass: &mut Pass) -> Tensor![1024, 64] {
        let index = |i: i32| if i % 3 == 0 { 7 } else { i * 31 % 256 };
        let words: Tensor![1024; i32] =
            Tensor::from_vec((0..1024).map(index).collect()).expect("1024 words");
        let bags: Tensor![1024, 2; i32] =
            Tensor::from_vec((0..2048).map(index).collect()).expect("1024 bags");
        let y = x + self.embed.forward(words, pass) + self.means.forward(bags.clone(), pass);
        y + self.maxima.forward(bags, pass)
    }
}
