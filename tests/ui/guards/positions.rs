//! A bound is missing: that the table holds the sequence.

use nnx::prelude::*;

#[derive(Module)]
struct Embedder<V: Size, L: Size, D: Size> {
    tokens: Embed<V, D>,
    positions: LearnedPositions<L, D>,
}

impl<B: Dim, T: Dim, V: Size, L: Size, D: Size> Layer<Tensor![B, T; i32]> for Embedder<V, L, D> {
    type Output = Tensor![B, T, D];

    fn forward(&self, tokens: Tensor![B, T; i32], pass: &mut Pass) -> Self::Output {
        let x = self.tokens.forward(tokens, pass);
        self.positions.forward(x, pass)
    }
}

fn main() {}
