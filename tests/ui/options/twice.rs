//! A convolution with two paddings.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    conv: Conv<U3, U8, (U3, U3), (Valid, Strided<U2>, Symmetric)>,
}

fn main() {}
