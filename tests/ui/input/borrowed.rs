//! A tensor passed by reference: layers take tensors by value, and a clone shares the elements.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    conv: Conv<U1, U8, (U3, U3)>,
}

impl<B: Dim> Layer<Tensor![B, 28, 28, 1]> for Model {
    type Output = Tensor![B, 28, 28, 8];

    fn forward(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Self::Output {
        self.conv.forward(x, pass)
    }
}

fn classify(model: &Model, images: &Tensor![Batch, 28, 28, 1]) {
    let _ = model.infer(images);
}

fn main() {}
