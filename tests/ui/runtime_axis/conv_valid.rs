//! A residual connection around a convolution without padding, whose output is two positions shorter.

use nnx::prelude::*;

fn forward(conv: &Conv<U16, U16, (U3,), Valid>, x: Tensor![Batch, Time, 16]) {
    let _ = x.clone() + conv.infer(x);
}

fn main() {}
