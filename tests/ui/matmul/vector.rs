//! A matrix product with a vector on the right.

use nnx::prelude::*;

fn multiply(weights: Tensor![10, 64], x: Tensor![64]) {
    let _ = weights.matmul(x);
}

fn main() {}
