//! The parameter of the batch lacks the bound `Dim`.

use nnx::prelude::*;

#[derive(Module)]
struct Head<Classes: Size> {
    dense: Linear<U128, Classes>,
}

impl<B, Classes: Size> Layer<Tensor![B, 128]> for Head<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 128], pass: &mut Pass) -> Self::Output {
        self.dense.forward(x, pass)
    }
}

fn main() {}
