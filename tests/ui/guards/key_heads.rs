//! A bound is missing: that the heads of the keys divide the heads.

use nnx::prelude::*;

#[derive(Module)]
struct Block<D: DivisibleBy<Heads>, Heads: Size, K: Size> {
    attention: MultiHeadAttention<Heads, D, Grouped<K>>,
}

fn main() {}
