//! Rotary positions turn pairs.

use nnx::prelude::*;

fn forward(queries: Tensor![Batch, Time, 4, 9]) {
    let _ = Rotary::half_split().infer(queries);
}

fn main() {}
