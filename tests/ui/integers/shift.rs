//! Floating-point numbers have no bits to shift.

use nnx::prelude::*;

fn doubled(x: Tensor![Batch]) {
    let _ = x.clone().shift_left(x);
}

fn main() {}
