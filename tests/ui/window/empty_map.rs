//! The mean of an image without elements.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 7, 0, 16]) {
    let _ = x.global_avg_pool();
}

fn main() {}
