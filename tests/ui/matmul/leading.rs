//! Other heads on the right.

use nnx::prelude::*;

fn multiply(scores: Tensor![Batch, 12, Time, Time], values: Tensor![Batch, 8, Time, 64]) {
    let _ = scores.matmul(values);
}

fn main() {}
