//! An axis whose size only the running program knows.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Time]) {
    let _ = x.rfft::<1>();
}

fn main() {}
