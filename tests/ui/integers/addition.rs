//! Masks aren't added, they are counted.

use nnx::prelude::*;

fn hits(right: Tensor![Batch; bool], left: Tensor![Batch; bool]) {
    let _ = right + left;
}

fn main() {}
