//! A language model like GPT-2 (Radford et al., 2019), whose blocks are fields, and one step of training.
//!
//! The benchmark repeats each line that contains `block0`, once for each layer.

use nnx::prelude::*;

type Width = U768;
type Vocabulary = U50257;

#[derive(Module)]
struct Block {
    norm1: LayerNorm<Width>,
    attention: MultiHeadAttention<U12, Width>,
    norm2: LayerNorm<Width>,
    hidden: Linear<Width, U3072>,
    output: Linear<U3072, Width>,
}

impl<B: Dim, T: Dim> Layer<Tensor![B, T, Width]> for Block {
    type Output = Tensor![B, T, Width];

    fn forward(&self, x: Tensor![B, T, Width], pass: &mut Pass) -> Self::Output {
        let y = self.norm1.forward(x.clone(), pass);
        let x = x + self.attention.self_attention(y, Causal, pass);
        let y = self.norm2.forward(x.clone(), pass);
        let y = self.hidden.forward(y, pass).gelu();
        x + self.output.forward(y, pass)
    }
}

#[derive(Module)]
struct Transformer {
    embedding: Embed<Vocabulary, Width>,
    positions: LearnedPositions<U1024, Width>,
    block0: Block,
    norm: LayerNorm<Width>,
    head: Linear<Width, Vocabulary>,
}

impl<B: Dim> Layer<Tensor![B, 1024; i32]> for Transformer {
    type Output = Tensor![B, 1024, Vocabulary];

    fn forward(&self, tokens: Tensor![B, 1024; i32], pass: &mut Pass) -> Self::Output {
        let x = self.embedding.forward(tokens, pass);
        let x = x * 0.5; // the line that is edited
        let x = self.positions.forward(x, pass);
        let x = self.block0.forward(x, pass);
        let x = self.norm.forward(x, pass);
        self.head.forward(x, pass)
    }
}

fn main() -> Result<(), nnx::Error> {
    let mut model = Transformer::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let tokens: Tensor![Batch, 1024; i32] = Tensor::from_vec(vec![1; 1024])?;
    let (loss, grads) = value_and_grad(&mut model, |model, pass| {
        softmax_cross_entropy(model.forward(tokens.clone(), pass), tokens).mean()
    })?;
    optimizer.update(&mut model, grads)?;
    println!("{} parameters, loss {loss}", parameters(&model));
    Ok(())
}
