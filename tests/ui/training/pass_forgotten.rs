//! A forward pass without the argument `pass`.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U4, U8>,
    norm: BatchNorm<U8>,
}

impl<B: Dim> Layer<Tensor![B, 4]> for Model {
    type Output = Tensor![B, 8];

    fn forward(&self, x: Tensor![B, 4], pass: &mut Pass) -> Self::Output {
        self.norm.forward(self.dense.forward(x, pass))
    }
}

fn main() {}
