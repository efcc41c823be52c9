//! Numbers in place of sizes.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<4, 8>,
}

fn main() {}
