//! A layer's features are `C: Dim`, which allows named axes.

use nnx::prelude::*;

#[derive(Module)]
struct Head<C: Dim> {
    dense: Linear<C, U10>,
}

fn main() {}
