//! `Const<N>` is a size for N below 1000 only: the bound `Const<N>: Size` is missing.

use nnx::prelude::*;

#[derive(Module)]
struct Model<const N: usize> {
    dense: Linear<Const<N>, U10>,
}

fn main() {}
