//! The preprocessing gives images, the model takes vectors.

use nnx::prelude::*;

#[derive(Module)]
struct Preprocess;

impl Layer<Tensor![Batch, 28, 28; u8]> for Preprocess {
    type Output = Tensor![Batch, 28, 28];

    fn forward(&self, x: Tensor![Batch, 28, 28; u8], _: &mut Pass) -> Self::Output {
        x.cast()
    }
}

fn classify(model: Linear<U784, U10>, pixels: Tensor![Batch, 28, 28; u8]) {
    let _ = (Preprocess, model).infer(pixels);
}

fn main() {}
