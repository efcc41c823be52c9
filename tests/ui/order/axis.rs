//! A matrix has the axes 0 and 1.

use nnx::prelude::*;

fn sorted(x: Tensor![Batch, 8]) {
    let _ = x.sort::<2>(SortOrder::Ascending);
}

fn main() {}
