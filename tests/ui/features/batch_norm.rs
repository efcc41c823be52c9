//! The convolution before the batch norm has 32 output channels.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U32, (U3, U3)>, norm: &BatchNorm<U64>, x: Tensor![Batch, 28, 28, 3]) {
    let _ = norm.infer(conv.infer(x));
}

fn main() {}
