//! The mask is shared along an axis that the input lacks.

use nnx::prelude::*;

fn forward(dropout: &Dropout<Axis<2>>, x: Tensor![Batch, 64]) {
    let _ = dropout.infer(x);
}

fn main() {}
