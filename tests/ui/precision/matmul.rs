//! f32 and f64 don't mix.

use nnx::prelude::*;

fn multiply(x: Tensor![Batch, 8], y: Tensor![8, 8; f64]) {
    let _ = x.matmul(y);
}

fn main() {}
