//! A bound is missing: that the groups divide the features.

use nnx::prelude::*;

#[derive(Module)]
struct Block<C: Size, G: Size> {
    norm: GroupNorm<C, G>,
}

fn main() {}
