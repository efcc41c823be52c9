//! `shape_of!` in a function that is generic over the batch and over sizes.

use nnx::prelude::*;

#[derive(Module)]
struct Model<Width: Size> {
    conv1: Conv<U1, Width, (U3, U3)>,
}

impl<Width: Size> Model<Width> {
    fn features<B: Dim>(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) {
        let x = shape_of!(self.conv1.forward(x, pass)).relu();
        let _ = shape_of!(x.max_pool::<(U2, U2)>());
    }
}

fn main() {}
