//! A name in a shape is a type, and `N` is a number.

use nnx::prelude::*;

fn apply<const N: usize>(x: Tensor![Batch, N]) {
    let _ = x;
}

fn main() {}
