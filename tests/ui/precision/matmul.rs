//! A matrix product of f32 and f64.

use nnx::prelude::*;

fn multiply(x: Tensor![Batch, 8], y: Tensor![8, 8; f64]) {
    let _ = x.matmul(y);
}

fn main() {}
