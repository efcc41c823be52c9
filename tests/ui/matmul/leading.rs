//! The right matrices have a different number of heads.

use nnx::prelude::*;

fn multiply(scores: Tensor![Batch, 12, Time, Time], values: Tensor![Batch, 8, Time, 64]) {
    let _ = scores.matmul(values);
}

fn main() {}
