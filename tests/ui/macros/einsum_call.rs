//! An equation without a result.

use nnx::prelude::*;

fn forward(a: Tensor![8, 64], b: Tensor![64, 16]) {
    let _ = einsum!("ij,jk", a, b);
}

fn main() {}
