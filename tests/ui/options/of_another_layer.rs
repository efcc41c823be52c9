//! A pool with the option `Grouped`, which only convolutions have.

use nnx::prelude::*;

fn halve(x: Tensor![Batch, 8, 8, 4]) {
    let _ = x.max_pool_with::<(U2, U2), (Same, Depthwise)>();
}

fn main() {}
