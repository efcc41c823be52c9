//! Labels along a different axis than the logits.

use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 10], labels: Tensor![Time; i32]) -> Tensor![Batch] {
    softmax_cross_entropy(logits, labels)
}

fn main() {}
