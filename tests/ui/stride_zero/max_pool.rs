//! A pool with a stride of 0.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 28, 28, 1]) {
    let _ = x.max_pool_with::<(U2, U2), (Strided<(U1, U0)>, Same)>();
}

fn main() {}
