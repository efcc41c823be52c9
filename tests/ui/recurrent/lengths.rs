//! A length for each step instead of one for each row.

use nnx::prelude::*;

fn read(rnn: &Rnn<GruCell<U3, U8>>, x: Tensor![Batch, Time, 3], lengths: Tensor![Batch, Time; i32], pass: &mut Pass) {
    let _ = rnn.over(x).lengths(lengths).run(pass);
}

fn main() {}
