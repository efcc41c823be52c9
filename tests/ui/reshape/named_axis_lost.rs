//! A reshape to a shape without the batch.

use nnx::prelude::*;

fn flat(x: Tensor![Batch, 7, 7, 64]) {
    let _ = x.reshape::<shape![1, 3136]>();
}

fn main() {}
