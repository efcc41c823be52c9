//! Five heads don't divide a width of 64.

use nnx::prelude::*;

fn heads(x: Tensor![Batch, Time, 64]) {
    let _ = x.unflatten::<2, U5>();
}

fn main() {}
