//! `Const` holds at most three digits.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<Const<1600>, U10>,
}

fn main() {}
