//! A sum of masks: booleans are counted by `count_nonzero`.

use nnx::prelude::*;

fn hits(right: Tensor![Batch; bool], left: Tensor![Batch; bool]) {
    let _ = right + left;
}

fn main() {}
