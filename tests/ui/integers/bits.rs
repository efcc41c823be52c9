//! `&` of floating-point numbers: they must be compared first.

use nnx::prelude::*;

fn both(x: Tensor![Batch], y: Tensor![Batch]) {
    let _ = x & y;
}

fn main() {}
