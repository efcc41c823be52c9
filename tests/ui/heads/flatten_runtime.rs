//! Time is no size, so that its product with another is none.

use nnx::prelude::*;

fn flat(x: Tensor![Batch, Time, 4, 16]) {
    let _ = x.flatten_axes::<1>();
}

fn main() {}
