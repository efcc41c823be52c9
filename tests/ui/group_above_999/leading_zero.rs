//! The first group isn't 0: 5 is `U5`.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<Thousand<0, 5>, U10>,
}

fn main() {}
