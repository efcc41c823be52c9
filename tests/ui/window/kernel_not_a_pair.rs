//! A kernel is a pair.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    conv: Conv<U1, U8, U3>,
}

fn main() {}
