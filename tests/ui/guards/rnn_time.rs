//! The parameter of the time lacks the bound `Dim`.

use nnx::prelude::*;

fn apply<T>(rnn: &Rnn<LstmCell<U8, U64>>, x: Tensor![Batch, T, 8], pass: &mut Pass) {
    let _ = rnn.forward(x, pass);
}

fn main() {}
