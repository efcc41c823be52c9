//! The mask is shared along axes that are in the wrong order.

use nnx::prelude::*;

fn forward(dropout: &AlphaDropout<(Axis<2>, Axis<1>)>, x: Tensor![Batch, 8, 8, 64]) {
    let _ = dropout.infer(x);
}

fn main() {}
