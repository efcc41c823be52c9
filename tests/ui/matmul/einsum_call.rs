//! The axis j is 64 on the left and 32 on the right.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 8, 64], b: Tensor![Batch, 32, 16]) {
    let _ = einsum!("bij,bjk->bik", a, b);
}

fn main() {}
