//! A number has no axis to reduce over: `x.max()` takes all axes.

use nnx::prelude::*;

fn largest(loss: Tensor![]) {
    let _ = loss.max_axes::<Axis<0>>();
}

fn main() {}
