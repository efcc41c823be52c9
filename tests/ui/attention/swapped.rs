//! The width comes first: 512 heads of 8 features.

use nnx::prelude::*;

struct Block {
    attention: MultiHeadAttention<U512, U8>,
}

fn main() {}
