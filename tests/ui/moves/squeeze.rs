//! Only an axis of size 1 can be removed.

use nnx::prelude::*;

fn first(x: Tensor![Batch, 3, 1]) -> Tensor![Batch, 1] {
    x.squeeze::<1>()
}

fn main() {}
