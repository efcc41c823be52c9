//! One label for each row, not one for each class.

use nnx::prelude::*;

fn share(logits: Tensor![Batch, 10], labels: Tensor![Batch, 10; i32]) {
    let _ = accuracy(logits, &labels);
}

fn main() {}
