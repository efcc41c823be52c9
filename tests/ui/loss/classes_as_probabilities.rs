//! Labels that are classes, where probabilities are expected.

use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 10], labels: Tensor![Batch]) {
    let _ = softmax_cross_entropy_with_probabilities(logits, labels).mean();
}

fn main() {}
