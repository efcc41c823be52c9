//! A one-hot encoding of floats.

use nnx::prelude::*;

fn forward(labels: Tensor![8]) {
    let _ = labels.one_hot::<1, U3, f32>();
}

fn main() {}
