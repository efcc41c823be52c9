//! A pool with a window of 4 on an image with a height of 3.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 3, 8, 16]) {
    let _ = x.max_pool::<(U4, U4)>();
}

fn main() {}
