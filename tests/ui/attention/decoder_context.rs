//! The encoder gives 32 features, and the decoder has 64.

use nnx::models::DecoderBlock;
use nnx::prelude::*;

fn decode(block: &DecoderBlock<U64, U4, U256>, words: Tensor![Batch, Time, 64], encoded: Tensor![Batch, 7, 32]) {
    let _ = block.infer((words, encoded));
}

fn main() {}
