//! Predictions of one number a row, and targets without that axis: elsewhere they would broadcast.

use nnx::prelude::*;

fn loss(predictions: Tensor![Batch, 1], targets: Tensor![Batch]) {
    let _ = squared_error(predictions, targets).mean();
}

fn main() {}
