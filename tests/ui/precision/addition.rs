//! A sum of f32 and f64.

use nnx::prelude::*;

fn add(x: Tensor![Batch, 8], y: Tensor![Batch, 8; f64]) {
    let _ = x + y;
}

fn main() {}
