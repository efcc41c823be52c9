//! The layer takes 4 heads of 64 features, and its input has 8.

use nnx::prelude::*;

fn forward(join: &LinearGeneral<(U4, U64), U512>, x: Tensor![Batch, Time, 8, 64]) {
    let _ = join.infer(x);
}

fn main() {}
