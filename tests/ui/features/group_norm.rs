//! A group norm of another number of channels.

use nnx::prelude::*;

fn forward(norm: &GroupNorm<U64>, x: Tensor![Batch, 28, 28, 32]) {
    let _ = norm.infer(x);
}

fn main() {}
