//! Indices whose other axes differ.

use nnx::prelude::*;

fn best(scores: Tensor![Batch, 10, 4], places: Tensor![Batch, 3, 5; i32]) {
    let _ = scores.take_along::<1, _, _>(places);
}

fn main() {}
