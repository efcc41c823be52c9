//! An order with axis 3 of a shape of three axes, which are counted from 0.

use nnx::prelude::*;

fn channels_first(x: Tensor![Batch, 28, 3]) {
    let _ = x.permute::<(Axis<0>, Axis<3>, Axis<1>)>();
}

fn main() {}
