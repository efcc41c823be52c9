//! An axis of time can't be flattened into features: its length is known at run time only.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Time, 8]) {
    let _ = x.flatten();
}

fn main() {}
