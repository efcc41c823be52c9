//! A residual connection around a convolution that takes two positions away.

use nnx::prelude::*;

fn forward(conv: &Conv<U16, U16, (U3,), Valid>, x: Tensor![Batch, Time, 16]) {
    let _ = x.clone() + conv.infer(x);
}

fn main() {}
