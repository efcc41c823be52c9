//! A number has no axes to permute.

use nnx::prelude::*;

fn swapped(loss: Tensor![]) {
    let _ = loss.permute::<(Axis<1>, Axis<0>)>();
}

fn main() {}
