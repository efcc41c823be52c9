//! The memory has 32 features, keys and values are made of 64.

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
