//! The decoder has 64 features, its sequence 32.

use nnx::models::DecoderBlock;
use nnx::prelude::*;

fn decode(block: &DecoderBlock<U64, U4, U256>, words: Tensor![Batch, Time, 32], encoded: Tensor![Batch, 7, 64]) {
    let _ = block.infer((words, encoded));
}

fn main() {}
