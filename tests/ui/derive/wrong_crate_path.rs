//! A path to nnx that leads nowhere.

use nnx::prelude::*;

#[derive(Module)]
#[module(crate = nowhere::nnx)]
struct Model {
    first: Linear<U2, U3>,
    second: Linear<U2, U3>,
}

fn main() {}
