//! A size without `ContextFeatures<..>` around it.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    attention: MultiHeadAttention<U4, U64, U32>,
}

fn main() {}
