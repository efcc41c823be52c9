//! A vector has no two axes to swap.

use nnx::prelude::*;

fn turn(x: Tensor![8]) {
    let _ = x.transpose();
}

fn main() {}
