//! A bound of a model of nnx-models is missing.

use nnx::models::TransformerBlock;
use nnx::prelude::*;

#[derive(Module)]
struct Encoder<D: Size, Heads: Size> {
    blocks: Vec<TransformerBlock<D, Heads, U256>>,
}

fn main() {}
