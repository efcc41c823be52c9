//! A bias of 10 elements added to 12 features, by reference.

use nnx::prelude::*;

fn multiply(x: &Tensor![Batch, 12], scale: &Tensor![10]) {
    let _ = x * scale;
}

fn main() {}
