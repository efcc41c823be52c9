//! A tensor as a field: it must be held by a variable.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    scale: Tensor![8],
}

fn main() {}
