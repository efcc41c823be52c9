//! A shape has six axes at most.

use nnx::prelude::*;

fn turn(x: Tensor![1, 2, 3, 4, 5, 6, 7]) {
    let _ = x.relu();
}

fn main() {}
