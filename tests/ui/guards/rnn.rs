//! The parameter of a recurrent layer's features lacks the bound `Size`.

use nnx::prelude::*;

#[derive(Module)]
struct Encoder<I: Size> {
    rnn: Rnn<LstmCell<I, U64>>,
}

impl<B: Dim, T: Dim, I: Dim> Layer<Tensor![B, T, I]> for Encoder<I> {
    type Output = Tensor![B, T, 64];

    fn forward(&self, x: Tensor![B, T, I], pass: &mut Pass) -> Self::Output {
        self.rnn.forward(x, pass)
    }
}

fn main() {}
