//! `init = false` on a model: the attribute takes an expression that makes the model, not a switch.

use nnx::prelude::*;

#[derive(Module)]
#[module(init = false)]
struct Model {
    dense: Linear<U2, U3>,
}

fn main() {}
