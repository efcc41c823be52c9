//! A kernel with one size on images.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U3,)>, x: Tensor![Batch, 32, 32, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
