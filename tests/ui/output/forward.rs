//! The forward pass gives 100 classes, its signature promises 10.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U784, U100>,
}

impl<B: Dim> Layer<Tensor![B, 784]> for Model {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, 784], pass: &mut Pass) -> Self::Output {
        self.dense.forward(x, pass)
    }
}

fn main() {}
