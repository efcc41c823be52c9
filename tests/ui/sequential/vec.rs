//! Layers in a row give what they take.

use nnx::prelude::*;

fn classify(blocks: &Vec<Linear<U128, U64>>, x: Tensor![Batch, 128]) {
    let _ = blocks.infer(x);
}

fn main() {}
