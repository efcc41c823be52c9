//! A comparison of two rows of different lengths.

use nnx::prelude::*;

fn larger(x: Tensor![3, 4], y: Tensor![3, 5]) {
    let _ = x.greater(&y);
}

fn main() {}
