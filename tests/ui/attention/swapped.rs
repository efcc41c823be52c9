//! Swapped parameters: 512 heads of 8 features. The number of heads comes first.

use nnx::prelude::*;

struct Block {
    attention: MultiHeadAttention<U512, U8>,
}

fn main() {}
