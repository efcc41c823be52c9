//! A metric of classes gets one label for each class.

use nnx::metrics::Accuracy;
use nnx::prelude::*;

fn measure(accuracy: &mut Accuracy, logits: Tensor![Batch, 10], labels: Tensor![Batch, 10; i32]) {
    accuracy.update(&logits, &labels);
}

fn main() {}
