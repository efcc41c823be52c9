//! Circular padding, which a pool doesn't have.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 8, 8, 3]) {
    let _ = x.max_pool_with::<(U2, U2), (Strided<U1>, Circular)>();
}

fn main() {}
