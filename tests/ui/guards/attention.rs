//! The `impl` lacks the bound of the struct: that the heads divide the width.

use nnx::prelude::*;

#[derive(Module)]
struct Block<D: DivisibleBy<Heads>, Heads: Size> {
    attention: MultiHeadAttention<Heads, D>,
}

impl<B: Dim, T: Dim, D: Size, Heads: Size> Layer<Tensor![B, T, D]> for Block<D, Heads> {
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        self.attention.forward(x, pass)
    }
}

fn main() {}
