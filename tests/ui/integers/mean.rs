//! The mean of a mask, which must be cast to numbers first.

use nnx::prelude::*;

fn share(right: Tensor![Batch; bool]) {
    let _ = right.mean();
}

fn main() {}
