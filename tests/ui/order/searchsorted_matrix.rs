//! `searchsorted` in a matrix instead of a vector.

use nnx::ops::SearchSide;
use nnx::prelude::*;

fn places(edges: Tensor![2, 4], x: Tensor![Batch]) {
    let _ = edges.searchsorted(x, SearchSide::Left);
}

fn main() {}
