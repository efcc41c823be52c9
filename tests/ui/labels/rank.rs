//! One label for each row, not one for each class.

use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 10], labels: Tensor![Batch, 10; i32]) {
    let _ = softmax_cross_entropy(logits, labels);
}

fn main() {}
