//! A volume of one channel for a layer that takes three.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U3, U3, U3)>, x: Tensor![Batch, 8, 32, 32, 1]) {
    let _ = conv.infer(x);
}

fn main() {}
