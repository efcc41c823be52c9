//! A pool over height and width of sequences.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 8, 3]) {
    let _ = LpPool::<(U2, U2)>::new(2.0).infer(x);
}

fn main() {}
