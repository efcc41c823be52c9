//! `#[module(crate = ..)]` with a path that doesn't exist.

use nnx::prelude::*;

#[derive(Module)]
#[module(crate = nowhere::nnx)]
struct Model {
    first: Linear<U2, U3>,
    second: Linear<U2, U3>,
}

fn main() {}
