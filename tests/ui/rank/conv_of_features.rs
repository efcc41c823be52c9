//! A convolution on features instead of images.

use nnx::prelude::*;

fn forward(conv: &Conv<U1, U8, (U3, U3)>, x: Tensor![Batch, 784]) {
    let _ = conv.infer(x);
}

fn main() {}
