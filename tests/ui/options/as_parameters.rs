//! Two options as two parameters instead of one tuple.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    stem: Conv<U3, U64, (U7, U7), Strided<U2>, Symmetric>,
}

fn main() {}
