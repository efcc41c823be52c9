//! A decoder without the sequence that it attends to.

use nnx::models::DecoderBlock;
use nnx::prelude::*;

fn decode(block: &DecoderBlock<U64, U4, U256>, words: Tensor![Batch, Time, 64]) {
    let _ = block.infer(words);
}

fn main() {}
