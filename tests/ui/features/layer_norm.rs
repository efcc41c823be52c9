//! A layer norm of a different width.

use nnx::prelude::*;

fn forward(norm: &LayerNorm<U64>, x: Tensor![Batch, Time, 128]) {
    let _ = norm.infer(x);
}

fn main() {}
