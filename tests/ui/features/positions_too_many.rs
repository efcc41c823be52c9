//! The sequence is longer than the table of positions.

use nnx::prelude::*;

fn forward(positions: &LearnedPositions<U256, U64>, x: Tensor![Batch, 512, 64]) {
    let _ = positions.infer(x);
}

fn main() {}
