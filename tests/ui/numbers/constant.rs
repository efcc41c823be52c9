//! A name in a shape is a type, and `CLASSES` is a constant.

use nnx::prelude::*;

const CLASSES: usize = 10;

fn apply(x: Tensor![Batch, CLASSES]) {
    let _ = x;
}

fn main() {}
