//! The share of true elements needs numbers.

use nnx::prelude::*;

fn share(right: Tensor![Batch; bool]) {
    let _ = right.mean();
}

fn main() {}
