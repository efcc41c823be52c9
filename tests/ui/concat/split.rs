//! An axis of 8 isn't 3 and 4 together.

use nnx::prelude::*;

fn parts(x: Tensor![Batch, 8]) {
    let _ = x.split::<1, U3, U4>();
}

fn main() {}
