//! A convolution with a stride of 0.

use nnx::prelude::*;

fn forward(conv: &Conv<U1, U8, (U3, U3), Strided<U0>>, x: Tensor![Batch, 28, 28, 1]) {
    let _ = conv.infer(x);
}

fn main() {}
