//! The axes of queries and keys are swapped in the mask.

use nnx::prelude::*;

axis!(Words, Pixels);

fn attend(
    attention: &MultiHeadAttention<U4, U64>,
    words: Tensor![Batch, Words, 64],
    pixels: Tensor![Batch, Pixels, 64],
    mask: Tensor![Batch, 1, Pixels, Words; bool],
    pass: &mut Pass,
) {
    let _ = attention.cross_attention(words, pixels, &mask, pass);
}

fn main() {}
