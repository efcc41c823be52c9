//! Predictions (B, 1) against targets (B,): numpy would compare each with each.

use nnx::prelude::*;

fn loss(predictions: Tensor![Batch, 1], targets: Tensor![Batch]) -> Tensor![] {
    squared_error(predictions, targets).mean()
}

fn main() {}
