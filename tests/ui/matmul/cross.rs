//! The cross product of vectors of 4 elements.

use nnx::prelude::*;

fn forward(a: Tensor![Batch, 4], b: Tensor![Batch, 4]) {
    let _ = a.cross(b);
}

fn main() {}
