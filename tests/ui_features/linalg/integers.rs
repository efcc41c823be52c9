//! The inverse of a matrix of integers.

use nnx::prelude::*;

fn forward(a: Tensor![4, 4; i32]) {
    let _ = a.inverse();
}

fn main() {}
