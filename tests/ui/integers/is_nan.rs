//! `is_nan` of integers, and a dot product of integers.

use nnx::prelude::*;

fn forward(x: Tensor![4; i32]) {
    let _ = x.clone().is_nan();
    let _ = x.clone().dot(x);
}

fn main() {}
