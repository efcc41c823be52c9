//! The heads are 8 of 64, the layer joins 4 of 64.

use nnx::prelude::*;

fn forward(join: &LinearGeneral<(U4, U64), U512>, x: Tensor![Batch, Time, 8, 64]) {
    let _ = join.infer(x);
}

fn main() {}
