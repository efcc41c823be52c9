//! Two axes of equal size and different names don't mix.

use nnx::prelude::*;

axis!(Queries = 64, Keys = 64);

fn masked(scores: Tensor![Batch, Queries, Keys], mask: Tensor![Keys, Queries]) {
    let _ = scores + mask;
}

fn main() {}
