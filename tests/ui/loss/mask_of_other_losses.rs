//! A mask of classes for a loss of each example.

use nnx::nn::mean_where;
use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 10], labels: Tensor![Batch; i32], mask: Tensor![Batch, 10; bool]) {
    let _ = mean_where(softmax_cross_entropy(logits, labels), mask);
}

fn main() {}
