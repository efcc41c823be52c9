//! A field of type `dyn Layer`: its variables can't be visited.

use nnx::prelude::*;

type Wide = Tensor![Batch, 64];

#[derive(Module)]
struct Model {
    layers: Vec<Box<dyn Layer<Wide, Output = Wide>>>,
}

fn main() {}
