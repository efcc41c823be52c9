//! A confusion matrix of three classes, given logits of ten.

use nnx::metrics::ConfusionMatrix;
use nnx::prelude::*;

fn measure(
    matrix: &mut ConfusionMatrix<U3>,
    logits: Tensor![Batch, 10],
    labels: Tensor![Batch; i32],
) {
    matrix.update(&logits, &labels);
}

fn main() {}
