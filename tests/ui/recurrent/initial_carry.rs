//! A carry of 4 features for a cell that carries 8.

use nnx::prelude::*;

fn read(rnn: &Rnn<GruCell<U3, U8>>, h: Tensor![Batch, 4], x: Tensor![Batch, Time, 3], pass: &mut Pass) {
    let _ = rnn.over(x).initial_carry(h).run(pass);
}

fn main() {}
