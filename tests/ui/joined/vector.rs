//! One axis alone has no other to be joined with.

use nnx::prelude::*;

fn joined(x: Tensor![Batch]) {
    let _ = x.merge_axes();
}

fn main() {}
