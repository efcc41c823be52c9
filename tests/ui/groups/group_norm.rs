//! The default of 32 groups doesn't divide 48 features.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    norm: GroupNorm<U48>,
}

fn main() {}
