//! A group norm of a different number of channels.

use nnx::prelude::*;

fn forward(norm: &GroupNorm<U64>, x: Tensor![Batch, 28, 28, 32]) {
    let _ = norm.infer(x);
}

fn main() {}
