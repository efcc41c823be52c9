//! A matrix of 64 columns times a matrix of 32 rows.

use nnx::prelude::*;

fn multiply(x: Tensor![Batch, 64], weights: Tensor![32, 10]) {
    let _ = x.matmul(weights);
}

fn main() {}
