//! `glu` of seven features, which have no two equal halves.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 7]) {
    let _ = x.glu();
}

fn main() {}
