//! An input of the wrong shape, inside a training step.

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

fn train(model: &mut Model, images: Tensor![Batch, 28, 28]) {
    let _ = value_and_grad(model, |model, pass| model.forward(images, pass).mean());
}

fn main() {}
