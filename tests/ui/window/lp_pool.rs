//! A norm over windows of 4 on an image with a height of 3.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 3, 8, 16]) {
    let _ = LpPool::<(U4, U4)>::new(2.0).infer(x);
}

fn main() {}
