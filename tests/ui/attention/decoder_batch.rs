//! The context has a batch of its own.

use nnx::models::DecoderBlock;
use nnx::prelude::*;

fn decode(block: &DecoderBlock<U64, U4, U256>, words: Tensor![Batch, Time, 64], encoded: Tensor![1, 7, 64]) {
    let _ = block.infer((words, encoded));
}

fn main() {}
