//! An RMS norm of a different width.

use nnx::prelude::*;

fn forward(norm: &RmsNorm<U64>, x: Tensor![Batch, Time, 128]) {
    let _ = norm.infer(x);
}

fn main() {}
