//! `init` is no switch.

use nnx::prelude::*;

#[derive(Module)]
#[module(init = false)]
struct Model {
    dense: Linear<U2, U3>,
}

fn main() {}
