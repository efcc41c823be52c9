//! A missing comma.

use nnx::prelude::*;

struct Model {
    kernel: Param<shape![3 4]>,
}

fn main() {}
