//! The learned positions have a different width than the features.

use nnx::prelude::*;

fn forward(positions: &SinusoidalPositions<U64>, x: Tensor![Batch, Time, 128]) {
    let _ = positions.infer(x);
}

fn main() {}
