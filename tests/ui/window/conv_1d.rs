//! A dilated window with an extent of 9 on a sequence of 8.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U5,), (Valid, KernelDilation<U2>)>, x: Tensor![Batch, 8, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
