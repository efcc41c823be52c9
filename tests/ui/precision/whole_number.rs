//! An integer literal times a tensor of floats.

use nnx::prelude::*;

fn scale(x: Tensor![Batch, 8]) {
    let _ = x * 2;
}

fn main() {}
