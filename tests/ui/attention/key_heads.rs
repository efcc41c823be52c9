//! 3 heads of keys and values can't serve 8 heads of queries evenly.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    attention: MultiHeadAttention<U8, U512, Grouped<U3>>,
}

fn main() {}
