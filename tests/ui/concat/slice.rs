//! A slice of the elements 6 to 10 of an axis of 8.

use nnx::prelude::*;

fn cut(x: Tensor![Batch, 8]) {
    let _ = x.slice::<1, U6, U4>();
}

fn main() {}
