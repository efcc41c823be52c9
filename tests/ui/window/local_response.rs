//! A local response normalization over no channel.

use nnx::prelude::*;

fn forward(norm: &LocalResponseNorm<U0>, x: Tensor![Batch, 8, 8, 6]) {
    let _ = norm.infer(x);
}

fn main() {}
