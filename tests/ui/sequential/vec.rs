//! A `Vec` of layers whose input and output differ.

use nnx::prelude::*;

fn classify(blocks: &Vec<Linear<U128, U64>>, x: Tensor![Batch, 128]) {
    let _ = blocks.infer(x);
}

fn main() {}
