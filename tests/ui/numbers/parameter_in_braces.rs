//! rustc computes nothing from a parameter.

use nnx::prelude::*;

fn apply<const N: usize>(x: Tensor![Batch, { N }]) {
    let _ = x;
}

fn main() {}
