//! `Same` isn't defined for a dilated input.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U3,), InputDilation<U2>>, x: Tensor![Batch, 8, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
