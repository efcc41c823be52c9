//! Nothing leads to the variables behind a `dyn Layer`.

use nnx::prelude::*;

type Wide = Tensor![Batch, 64];

#[derive(Module)]
struct Model {
    layers: Vec<Box<dyn Layer<Wide, Output = Wide>>>,
}

fn main() {}
