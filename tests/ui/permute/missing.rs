//! Two axes named of three.

use nnx::prelude::*;

fn turn(x: Tensor![Batch, 3, 4]) {
    let _ = x.permute::<(Axis<1>, Axis<0>)>();
}

fn main() {}
