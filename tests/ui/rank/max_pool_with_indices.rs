//! A pool over height and width of an image without channels.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 28, 28]) {
    let _ = x.max_pool_with_indices::<(U2, U2), ()>();
}

fn main() {}
