//! Attention weights that were transposed by mistake.

use nnx::prelude::*;

axis!(Heads = 8, Queries = 64, Keys = 64);

fn read<B: Dim>(weights: Tensor![B, Heads, Queries, Keys], values: Tensor![B, Heads, Keys, 32]) {
    let _ = weights.transpose().matmul(values);
}

fn main() {}
