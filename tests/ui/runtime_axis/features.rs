//! A layer of as many features as the program finds.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<Batch, U10>,
}

fn main() {}
