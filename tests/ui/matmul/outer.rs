//! The outer product of a batch of vectors and a single vector.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 8], b: Tensor![16]) {
    let _ = a.outer(b);
}

fn main() {}
