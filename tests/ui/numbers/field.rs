//! Numbers in place of sizes in a field.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<4, 8>,
}

fn main() {}
