//! A mask of classes for a loss of each example.

use nnx::nn::masked_mean;
use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 10], labels: Tensor![Batch; i32], mask: Tensor![Batch, 10; bool]) {
    let _ = masked_mean(softmax_cross_entropy(logits, labels), mask);
}

fn main() {}
