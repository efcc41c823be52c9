//! A tensor alone belongs to no model: a variable holds it.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    scale: Tensor![8],
}

fn main() {}
