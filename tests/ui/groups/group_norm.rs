//! 32 groups, which is the default, of 48 features.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    norm: GroupNorm<U48>,
}

fn main() {}
