//! A sequence with the channels first.

use nnx::prelude::*;

fn forward(conv: &Conv<U16, U8, (U3,)>, x: Tensor![Batch, 16, 100]) {
    let _ = conv.infer(x);
}

fn main() {}
