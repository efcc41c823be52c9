//! A mask of examples where one of classes is needed.

use nnx::nn::softmax_cross_entropy_where;
use nnx::prelude::*;

fn loss(logits: Tensor![Batch, 10], labels: Tensor![Batch; i32], mask: Tensor![Batch; bool]) {
    let _ = softmax_cross_entropy_where(logits, labels, mask).mean();
}

fn main() {}
