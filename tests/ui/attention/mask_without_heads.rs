//! A mask (batch, time, key time): its axis of heads is missing. Flax takes the batch for the heads where
//! there are as many.

use nnx::prelude::*;

fn attend(
    attention: &MultiHeadAttention<U4, U64>,
    x: Tensor![4, 9, 64],
    mask: Tensor![4, 9, 9; bool],
    pass: &mut Pass,
) {
    let _ = attention.self_attention(x, &mask, pass);
}

fn main() {}
