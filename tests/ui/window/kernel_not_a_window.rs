//! A kernel has its sizes in parentheses, also a single one.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    conv: Conv<U1, U8, U3>,
}

fn main() {}
