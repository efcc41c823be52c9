//! A shape has eight axes at most.

use nnx::prelude::*;

fn turn(x: Tensor![1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    let _ = x.relu();
}

fn main() {}
