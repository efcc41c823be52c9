//! The second convolution takes 16 channels, the first one gives 32.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    conv1: Conv<U1, U32, (U3, U3)>,
    conv2: Conv<U16, U64, (U3, U3)>,
}

impl Model {
    fn features<B: Dim>(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Tensor![B, 28, 28, 64] {
        let x = self.conv1.forward(x, pass).relu();
        self.conv2.forward(x, pass)
    }
}

fn main() {}
