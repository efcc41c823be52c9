//! A number has no shape.

use nnx::prelude::*;

fn look(x: Tensor![Batch, 8]) {
    shape_of!(x.mean().item());
}

fn main() {}
