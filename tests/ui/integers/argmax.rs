//! The largest of integers.

use nnx::prelude::*;

fn largest(labels: Tensor![Batch, 10; i32]) {
    let _ = labels.argmax();
}

fn main() {}
