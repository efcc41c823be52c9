//! The convolution doubles the channels, the shortcut keeps them.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    conv: Conv<U32, U64, (U3, U3)>,
}

impl<B: Dim> Layer<Tensor![B, 28, 28, 32]> for Block {
    type Output = Tensor![B, 28, 28, 64];

    fn forward(&self, x: Tensor![B, 28, 28, 32], pass: &mut Pass) -> Self::Output {
        self.conv.forward(x.clone(), pass) + x
    }
}

fn main() {}
