//! A size without `Strided<..>` around it.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    stem: Conv<U3, U64, (U7, U7), U2>,
}

fn main() {}
