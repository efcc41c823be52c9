//! Positions are as wide as the features that they are added to.

use nnx::prelude::*;

fn forward(positions: &SinusoidalPositions<U64>, x: Tensor![Batch, Time, 128]) {
    let _ = positions.infer(x);
}

fn main() {}
