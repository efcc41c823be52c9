//! A permutation that names axis 1 twice, and axis 2 never.

use nnx::prelude::*;

fn turn(x: Tensor![Batch, 3, 4]) {
    let _ = x.permute::<(Axis<0>, Axis<1>, Axis<1>)>();
}

fn main() {}
