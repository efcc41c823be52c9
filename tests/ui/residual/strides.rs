//! The convolution halves height and width, the shortcut keeps them.

use nnx::prelude::*;

type Halving = Conv<U32, U32, (U3, U3), Strided<U2>>;

fn block<B: Dim>(conv: &Halving, x: Tensor![B, 28, 28, 32], pass: &mut Pass) {
    let _ = conv.forward(x.clone(), pass) + x;
}

fn main() {}
