//! Only a vector can be searched.

use nnx::ops::SearchSide;
use nnx::prelude::*;

fn places(edges: Tensor![2, 4], x: Tensor![Batch]) {
    let _ = edges.searchsorted(x, SearchSide::Left);
}

fn main() {}
