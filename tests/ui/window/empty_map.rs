//! The mean of a map that holds nothing: 0 divided by 0.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 7, 0, 16]) {
    let _ = x.global_avg_pool();
}

fn main() {}
