//! Flattening an axis of time: its length isn't a size, so the product isn't one either.

use nnx::prelude::*;

fn flat(x: Tensor![Batch, Time, 4, 16]) {
    let _ = x.flatten_axes::<1>();
}

fn main() {}
