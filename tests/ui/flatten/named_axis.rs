//! Positions in time can't be flattened into features: there are as many as the program finds.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Time, 8]) {
    let _ = x.flatten();
}

fn main() {}
