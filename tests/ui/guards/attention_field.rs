//! A bound is missing: that the heads divide the width.

use nnx::prelude::*;

#[derive(Module)]
struct Block<D: Size, Heads: Size> {
    attention: MultiHeadAttention<Heads, D>,
}

fn main() {}
