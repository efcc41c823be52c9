//! Floating-point numbers are compared before they are combined.

use nnx::prelude::*;

fn both(x: Tensor![Batch], y: Tensor![Batch]) {
    let _ = x & y;
}

fn main() {}
