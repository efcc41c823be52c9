//! `relu` of integer labels.

use nnx::prelude::*;

fn positive(labels: Tensor![Batch; i32]) {
    let _ = labels.relu();
}

fn main() {}
