//! The third element would be at index 4 of 4.

use nnx::prelude::*;

fn every_other(x: Tensor![Batch, 4]) -> Tensor![Batch, 3] {
    x.slice_step::<1, U0, U3, U2>()
}

fn main() {}
