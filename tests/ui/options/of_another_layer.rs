//! A pool with groups of channels, which convolutions have.

use nnx::prelude::*;

fn halve(x: Tensor![Batch, 8, 8, 4]) {
    let _ = x.max_pool_with::<(U2, U2), (Same, Depthwise)>();
}

fn main() {}
