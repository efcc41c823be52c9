//! The leading axes are heads on the left side, and a different axis on the right.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 8, 5, 64], b: Tensor![Batch, 4, 64, 16]) {
    let _ = einsum!("...ij,...jk->...ik", a, b);
}

fn main() {}
