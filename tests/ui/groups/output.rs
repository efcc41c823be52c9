//! 4 groups don't divide 30 channels.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    conv: Conv<U32, U30, (U3, U3), Grouped<U4>>,
}

fn main() {}
