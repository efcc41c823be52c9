//! Causal padding on images: height and width have no order in time.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U3, U3), Causal>, x: Tensor![Batch, 8, 8, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
