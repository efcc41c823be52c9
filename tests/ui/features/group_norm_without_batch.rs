//! A group norm of one example without a batch axis.

use nnx::prelude::*;

fn forward(norm: &GroupNorm<U64>, x: Tensor![64]) {
    let _ = norm.infer(x);
}

fn main() {}
