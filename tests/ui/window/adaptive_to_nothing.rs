//! Adaptive pooling to an output of size 0.

use nnx::prelude::*;

fn forward(pool: &AdaptiveAvgPool<(U0, U2)>, x: Tensor![Batch, 7, 7, 16]) {
    let _ = pool.infer(x);
}

fn main() {}
