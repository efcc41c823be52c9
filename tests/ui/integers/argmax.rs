//! The `argmax` of booleans.

use nnx::prelude::*;

fn largest(mask: Tensor![Batch, 10; bool]) {
    let _ = mask.argmax();
}

fn main() {}
