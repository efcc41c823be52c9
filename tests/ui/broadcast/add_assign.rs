//! A bias of 10 added in place to 12 features.

use nnx::prelude::*;

fn add(mut x: Tensor![Batch, 12], bias: Tensor![10]) {
    x += bias;
}

fn main() {}
