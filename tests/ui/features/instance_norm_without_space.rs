//! An instance norm of an input without spatial axes.

use nnx::prelude::*;

fn forward(norm: &InstanceNorm<U64>, x: Tensor![Batch, 64]) {
    let _ = norm.infer(x);
}

fn main() {}
