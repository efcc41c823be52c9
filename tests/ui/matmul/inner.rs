//! 64 columns against 32 rows.

use nnx::prelude::*;

fn multiply(x: Tensor![Batch, 64], weights: Tensor![32, 10]) {
    let _ = x.matmul(weights);
}

fn main() {}
