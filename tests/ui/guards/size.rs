//! The `impl` has `C: Dim`, which allows named axes, where the struct has `C: Size`.

use nnx::prelude::*;

#[derive(Module)]
struct Head<C: Size> {
    dense: Linear<C, U10>,
}

impl<B: Dim, C: Dim> Layer<Tensor![B, C]> for Head<C> {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, C], pass: &mut Pass) -> Self::Output {
        self.dense.forward(x, pass)
    }
}

fn main() {}
