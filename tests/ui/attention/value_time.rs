//! Keys and values of sequences with different time axes.

use nnx::prelude::*;

axis!(Words, Pixels);

fn attend(
    attention: &MultiHeadAttention<U4, U64>,
    words: Tensor![Batch, Words, 64],
    pixels: Tensor![Batch, Pixels, 64],
    pass: &mut Pass,
) {
    let _ = attention.attend(words.clone(), pixels, words, (), pass);
}

fn main() {}
