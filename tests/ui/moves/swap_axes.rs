//! `swap_axes` of axis 3: the shape has the axes 0 to 2.

use nnx::prelude::*;

fn channels_first(x: Tensor![Batch, 28, 3]) -> Tensor![3, 28, Batch] {
    x.swap_axes::<0, 3>()
}

fn main() {}
