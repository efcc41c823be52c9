//! The second operand has three axes, its term names two.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 64], b: Tensor![Batch, 64, 16]) {
    let _ = einsum!("bi,ij->bj", a, b);
}

fn main() {}
