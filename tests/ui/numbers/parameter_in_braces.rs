//! `{ N }` of a parameter: rustc can't compute constants that depend on a parameter.

use nnx::prelude::*;

fn apply<const N: usize>(x: Tensor![Batch, { N }]) {
    let _ = x;
}

fn main() {}
