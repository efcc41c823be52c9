//! The right side broadcasts to the left one, not the other way round.

use nnx::prelude::*;

fn add(x: Tensor![Batch, 12], bias: Tensor![12]) {
    let _ = bias + x;
}

fn main() {}
