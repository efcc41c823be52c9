//! A function lacks the bound of a user's module: that the heads divide the width.

use nnx::prelude::*;

#[derive(Module)]
struct Block<D: DivisibleBy<Heads>, Heads: Size> {
    attention: MultiHeadAttention<Heads, D>,
}

impl<B: Dim, T: Dim, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, T, D]> for Block<D, Heads> {
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        self.attention.forward(x, pass)
    }
}

fn apply<D: Size, Heads: Size>(block: &Block<D, Heads>, x: Tensor![Batch, Time, D]) {
    let _ = block.infer(x);
}

fn main() {}
