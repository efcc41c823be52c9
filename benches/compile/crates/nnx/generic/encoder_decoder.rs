//! A transformer with encoder and decoder (Vaswani et al., 2017), generic in both time axes, the width and the
//! heads.

use nnx::prelude::*;

#[derive(Module)]
pub struct FeedForward<D: Size> {
    norm: LayerNorm<D>,
    expand: Linear<D, Product<D, U4>>,
    contract: Linear<Product<D, U4>, D>,
}

impl<B: Dim, T: Dim, D: Size> Layer<Tensor![B, T, D]> for FeedForward<D> {
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        let y = self.norm.forward(x.clone(), pass);
        let y = self.expand.forward(y, pass).gelu();
        x + self.contract.forward(y, pass)
    }
}

#[derive(Module)]
pub struct EncoderBlock<D: DivisibleBy<Heads>, Heads: Size> {
    norm: LayerNorm<D>,
    attention: MultiHeadAttention<Heads, D>,
    feed_forward: FeedForward<D>,
}

impl<B: Dim, T: Dim, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, T, D]>
    for EncoderBlock<D, Heads>
{
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        let y = self.norm.forward(x.clone(), pass);
        let x = x + self.attention.forward(y, pass);
        self.feed_forward.forward(x, pass)
    }
}

#[derive(Module)]
pub struct DecoderBlock<D: DivisibleBy<Heads>, Heads: Size> {
    norm1: LayerNorm<D>,
    attention: MultiHeadAttention<Heads, D>,
    norm2: LayerNorm<D>,
    cross: MultiHeadAttention<Heads, D>,
    feed_forward: FeedForward<D>,
}

impl<D: DivisibleBy<Heads>, Heads: Size> DecoderBlock<D, Heads> {
    fn forward<B: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor![B, T, D],
        memory: &Tensor![B, S, D],
        pass: &mut Pass,
    ) -> Tensor![B, T, D] {
        let y = self.norm1.forward(x.clone(), pass);
        let x = x + self.attention.self_attention(y, Causal, pass);
        let y = self.norm2.forward(x.clone(), pass);
        let x = x + self.cross.cross_attention(y, memory.clone(), (), pass);
        self.feed_forward.forward(x, pass)
    }
}

#[derive(Module)]
pub struct Translator<Vocabulary: Size, D: DivisibleBy<Heads>, Heads: Size> {
    source: Embed<Vocabulary, D>,
    target: Embed<Vocabulary, D>,
    encoder: [EncoderBlock<D, Heads>; 6],
    decoder: [DecoderBlock<D, Heads>; 6],
    head: Linear<D, Vocabulary>,
}

impl<B: Dim, T: Dim, S: Dim, Vocabulary: Size, D: DivisibleBy<Heads>, Heads: Size>
    Layer<(Tensor![B, S; i32], Tensor![B, T; i32])> for Translator<Vocabulary, D, Heads>
{
    type Output = Tensor![B, T, Vocabulary];

    fn forward(
        &self,
        (source, target): (Tensor![B, S; i32], Tensor![B, T; i32]),
        pass: &mut Pass,
    ) -> Self::Output {
        let memory = self.encoder.forward(self.source.forward(source, pass), pass);
        let mut x = self.target.forward(target, pass);
        for block in &self.decoder {
            x = block.forward(x, &memory, pass);
        }
        self.head.forward(x, pass)
    }
}
