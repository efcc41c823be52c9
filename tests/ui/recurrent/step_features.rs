//! The cell takes 3 features, the input of the step has 4.

use nnx::prelude::*;

fn step(cell: &GruCell<U3, U8>, h: Tensor![Batch, 8], x: Tensor![Batch, 4], pass: &mut Pass) {
    let _ = cell.step(h, x, pass);
}

fn main() {}
