//! The `init` expression has a different type than its field.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    #[module(init = rngs)]
    dense: Linear<U2, U3>,
}

fn main() {}
