//! The same by reference.

use nnx::prelude::*;

fn multiply(x: &Tensor![Batch, 12], scale: &Tensor![10]) {
    let _ = x * scale;
}

fn main() {}
