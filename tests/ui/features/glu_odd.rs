//! Seven features have no halves.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 7]) {
    let _ = x.glu();
}

fn main() {}
