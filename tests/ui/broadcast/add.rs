//! A bias of 10 elements added to 12 features.

use nnx::prelude::*;

fn add(x: Tensor![Batch, 12], bias: Tensor![10]) {
    let _ = x + bias;
}

fn main() {}
