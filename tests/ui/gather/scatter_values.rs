//! A scatter of 4 values at 3 indices.

use nnx::prelude::*;

fn written(x: Tensor![Batch, 10], places: Tensor![Batch, 3; i32], values: Tensor![Batch, 4]) {
    let _ = x.scatter_add::<1, _, _, _>(places, values);
}

fn main() {}
