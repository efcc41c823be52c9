//! `select` with a mask of a different shape.

use nnx::prelude::*;

fn pick(mask: Tensor![3, 4; bool], x: Tensor![3, 5], y: Tensor![3, 5]) {
    let _ = mask.select(x, y);
}

fn main() {}
