//! Every second position in time: a length without a name.

use nnx::prelude::*;

fn forward(conv: &Conv<U16, U8, (U3,), U2>, x: Tensor![Batch, Time, 16]) {
    let _ = conv.infer(x);
}

fn main() {}
