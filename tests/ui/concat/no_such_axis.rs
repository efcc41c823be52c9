//! Axes are counted from 0.

use nnx::prelude::*;

fn join(x: Tensor![Batch, 64], y: Tensor![Batch, 32]) {
    let _ = x.concat::<2, _>(y);
}

fn main() {}
