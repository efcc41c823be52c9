//! `merge_axes` of a vector, which has a single axis.

use nnx::prelude::*;

fn joined(x: Tensor![Batch]) {
    let _ = x.merge_axes();
}

fn main() {}
