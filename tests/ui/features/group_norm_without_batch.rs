//! One example without a batch.

use nnx::prelude::*;

fn forward(norm: &GroupNorm<U64>, x: Tensor![64]) {
    let _ = norm.infer(x);
}

fn main() {}
