//! A tuple holds sixteen modules.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    layers: ((), (), (), (), (), (), (), (), (), (), (), (), (), (), (), (), ()),
}

fn main() {}
