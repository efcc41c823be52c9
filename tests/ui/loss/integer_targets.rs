//! A binary loss computes with its labels: they are numbers, not classes.

use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 3], labels: Tensor![Batch, 3; i32]) {
    let _ = sigmoid_binary_cross_entropy(logits, labels).mean();
}

fn main() {}
