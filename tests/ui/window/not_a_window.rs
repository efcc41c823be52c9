//! A window without parentheses.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 8, 8, 16]) {
    let _ = x.max_pool::<U2>();
}

fn main() {}
