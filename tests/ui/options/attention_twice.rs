//! The option of the output features is given twice.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    attention: MultiHeadAttention<U4, U64, (OutFeatures<U32>, Grouped<U2>, OutFeatures<U16>)>,
}

fn main() {}
