//! 10 heads don't divide a width of 768.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    attention: MultiHeadAttention<U10, U768>,
}

fn main() {}
