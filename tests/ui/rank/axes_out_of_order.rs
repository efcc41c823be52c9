//! Axes must be in ascending order.

use nnx::prelude::*;

fn mean(x: Tensor![Batch, 8, 8, 3]) {
    let _ = x.mean_axes::<(Axis<2>, Axis<1>)>();
}

fn main() {}
