//! A field with a name that is reserved in weight files.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U2, U3>,
    __metadata__: Param<shape![2]>,
}

fn main() {}
