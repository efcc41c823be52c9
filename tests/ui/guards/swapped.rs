//! Parameters in the wrong order: the heads come first.

use nnx::prelude::*;

#[derive(Module)]
struct Block<D: DivisibleBy<Heads>, Heads: Size> {
    attention: MultiHeadAttention<D, Heads>,
}

fn main() {}
