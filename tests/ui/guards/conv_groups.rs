//! A bound is missing: that the groups divide the channels.

use nnx::prelude::*;

#[derive(Module)]
struct Block<C: Size, O: Size, G: Size> {
    conv: Conv<C, O, (U3, U3), Grouped<G>>,
}

fn main() {}
