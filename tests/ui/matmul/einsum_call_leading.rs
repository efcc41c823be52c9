//! The leading axes are the heads on the left, and others on the right.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 8, 5, 64], b: Tensor![Batch, 4, 64, 16]) {
    let _ = einsum!("...ij,...jk->...ik", a, b);
}

fn main() {}
