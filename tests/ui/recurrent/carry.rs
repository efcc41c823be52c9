//! An LSTM with only its output as the carry, without the memory.

use nnx::prelude::*;

fn step(cell: &LstmCell<U3, U8>, h: Tensor![Batch, 8], x: Tensor![Batch, 3], pass: &mut Pass) {
    let _ = cell.step(h, x, pass);
}

fn main() {}
