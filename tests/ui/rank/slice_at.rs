//! A slice of more elements than the axis has.

use nnx::prelude::*;

fn forward(x: Tensor![4, 3], start: usize) {
    let _ = x.slice_at::<1, U5>(start);
}

fn main() {}
