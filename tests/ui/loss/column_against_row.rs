//! Predictions (B, 1) and targets (B,), which NumPy would broadcast to (B, B).

use nnx::prelude::*;

fn loss(predictions: Tensor![Batch, 1], targets: Tensor![Batch]) -> Tensor![] {
    squared_error(predictions, targets).mean()
}

fn main() {}
