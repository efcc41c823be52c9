//! A tuple of seventeen layers: sixteen are the maximum.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    layers: ((), (), (), (), (), (), (), (), (), (), (), (), (), (), (), (), ()),
}

fn main() {}
