//! A kernel of one size without parentheses.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    conv: Conv<U1, U8, U3>,
}

fn main() {}
