//! A bound is missing: that the window has at least one channel.

use nnx::prelude::*;

#[derive(Module)]
struct Block<Window: Size> {
    norm: LocalResponseNorm<Window>,
}

fn main() {}
