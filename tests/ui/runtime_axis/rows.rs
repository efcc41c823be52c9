//! A part of an axis whose size the compiler knows.

use nnx::prelude::*;

fn forward(x: Tensor![4, 3]) {
    let _ = x.rows(0..2);
}

fn main() {}
