//! A name that files of weights keep for themselves.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U2, U3>,
    __metadata__: Param<shape![2]>,
}

fn main() {}
