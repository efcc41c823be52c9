//! A kernel with two sizes on volumes.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U3, U3)>, x: Tensor![Batch, 16, 32, 32, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
