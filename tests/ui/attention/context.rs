//! Keys and values are computed from 64 features, and the memory has 32.

use nnx::prelude::*;

fn attend(
    attention: &MultiHeadAttention<U4, U64>,
    x: Tensor![Batch, 9, 64],
    memory: Tensor![Batch, 5, 32],
    pass: &mut Pass,
) {
    let _ = attention.cross_attention(x, memory, (), pass);
}

fn main() {}
