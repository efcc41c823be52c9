//! An instance norm needs space to take statistics over.

use nnx::prelude::*;

fn forward(norm: &InstanceNorm<U64>, x: Tensor![Batch, 64]) {
    let _ = norm.infer(x);
}

fn main() {}
