//! The image is 3 high when a window of 4 should move over it.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 3, 8, 16]) {
    let _ = x.max_pool::<(U4, U4)>();
}

fn main() {}
