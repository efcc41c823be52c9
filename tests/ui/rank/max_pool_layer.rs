//! A pool over the length of sequences on images.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 28, 28, 8]) {
    let _ = MaxPool::<(U2,)>::new().infer(x);
}

fn main() {}
