//! A layer whose number of features is a runtime axis.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<Batch, U10>,
}

fn main() {}
