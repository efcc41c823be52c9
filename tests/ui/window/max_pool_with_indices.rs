//! A window of 5 on an image with a width of 4.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 8, 4, 16]) {
    let _ = x.max_pool_with_indices::<(U2, U5), ()>();
}

fn main() {}
