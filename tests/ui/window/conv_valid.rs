//! A window of 5 over an image of 4, without padding.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U5, U5), Valid>, x: Tensor![Batch, 4, 4, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
