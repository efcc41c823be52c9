//! Three rows of values can't be searched in two sorted rows.

use nnx::ops::SearchSide;
use nnx::prelude::*;

fn places(edges: Tensor![2, 4], x: Tensor![3, 5]) {
    let _ = edges.searchsorted_rows(x, SearchSide::Left);
}

fn main() {}
