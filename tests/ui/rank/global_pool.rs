//! Features have no axes to pool over.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 64]) {
    let _ = x.global_avg_pool();
}

fn main() {}
