//! The cell takes 3 features a step, the sequence has 4.

use nnx::prelude::*;

fn read(rnn: &Rnn<GruCell<U3, U8>>, x: Tensor![Batch, Time, 4]) {
    let _ = rnn.infer(x);
}

fn main() {}
