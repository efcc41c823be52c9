//! A vector for each example, and one vector.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 8], b: Tensor![16]) {
    let _ = a.outer(b);
}

fn main() {}
