//! Five heads don't divide a width of 64, in a model of the library.

use nnx::models::TransformerBlock;
use nnx::prelude::*;

struct Model {
    block: TransformerBlock<U64, U5, U256>,
}

fn main() {}
