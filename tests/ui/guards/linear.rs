//! The parameter of the classes lacks the bound `Size`.

use nnx::prelude::*;

#[derive(Module)]
struct Head<Classes: Size> {
    dense: Linear<U128, Classes>,
}

impl<B: Dim, Classes: Dim> Layer<Tensor![B, 128]> for Head<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 128], pass: &mut Pass) -> Self::Output {
        self.dense.forward(x, pass)
    }
}

fn main() {}
