//! `move_axis` of axis 3: the shape has the axes 0 to 2.

use nnx::prelude::*;

fn channels_first(x: Tensor![Batch, 28, 3]) -> Tensor![Batch, 3, 28] {
    x.move_axis::<3, 1>()
}

fn main() {}
