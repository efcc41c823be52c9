//! Axes are counted from 0.

use nnx::prelude::*;

fn mean(x: Tensor![Batch, 8]) {
    let _ = x.mean_axes::<Axis<2>>();
}

fn main() {}
