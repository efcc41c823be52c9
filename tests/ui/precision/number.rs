//! An f64 number times a tensor of f32.

use nnx::prelude::*;

fn scale(x: Tensor![Batch, 8], factor: f64) {
    let _ = x * factor;
}

fn main() {}
