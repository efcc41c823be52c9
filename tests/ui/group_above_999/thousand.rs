//! Each group of digits holds at most three.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<Thousand<1, 1600>, U10>,
}

fn main() {}
