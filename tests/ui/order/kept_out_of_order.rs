//! Axes that are kept ascend, too.

use nnx::prelude::*;

fn sums(x: Tensor![Batch, 8, 3]) {
    let _ = x.sum_axes::<Keep<(Axis<2>, Axis<1>)>>();
}

fn main() {}
