//! A permutation that names two of three axes.

use nnx::prelude::*;

fn turn(x: Tensor![Batch, 3, 4]) {
    let _ = x.permute::<(Axis<1>, Axis<0>)>();
}

fn main() {}
