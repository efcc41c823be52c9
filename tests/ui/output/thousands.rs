//! The forward pass ends with 3136 features, not with 1600.

use nnx::prelude::*;

fn features<B: Dim>(x: Tensor![B, 7, 7, 64]) -> Tensor![B, 1600] {
    x.flatten()
}

fn main() {}
