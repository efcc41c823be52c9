//! Features of the context without their name.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    attention: MultiHeadAttention<U4, U64, U32>,
}

fn main() {}
