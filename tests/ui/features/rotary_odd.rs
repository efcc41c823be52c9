//! Rotary positions rotate pairs of features, and their number is odd.

use nnx::prelude::*;

fn forward(queries: Tensor![Batch, Time, 4, 9]) {
    let _ = Rotary::half_split().infer(queries);
}

fn main() {}
