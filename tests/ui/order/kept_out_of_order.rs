//! Axes in `Keep` must be in ascending order, too.

use nnx::prelude::*;

fn sums(x: Tensor![Batch, 8, 3]) {
    let _ = x.sum_axes::<Keep<(Axis<2>, Axis<1>)>>();
}

fn main() {}
