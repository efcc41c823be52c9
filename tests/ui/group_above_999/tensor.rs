//! `Const` holds at most three digits.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Const<1600>]) {
    let _ = x.relu();
}

fn main() {}
