//! A module without a forward pass.

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

#[derive(Module)]
struct Encoder {
    model: Model,
}

fn encode(encoder: &Encoder, images: Tensor![Batch, 28, 28, 1]) {
    let _ = encoder.infer(images);
}

fn main() {}
