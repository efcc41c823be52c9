//! Labels are integers.

use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 10], labels: Tensor![Batch]) {
    let _ = softmax_cross_entropy(logits, labels);
}

fn main() {}
