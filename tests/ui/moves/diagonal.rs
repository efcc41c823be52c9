//! A matrix that isn't square has no diagonal of one size.

use nnx::prelude::*;

fn trace(x: Tensor![Batch, 3, 4]) -> Tensor![] {
    x.diagonal().sum()
}

fn main() {}
