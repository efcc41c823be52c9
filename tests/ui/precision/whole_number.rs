//! A whole number times a tensor.

use nnx::prelude::*;

fn scale(x: Tensor![Batch, 8]) {
    let _ = x * 2;
}

fn main() {}
