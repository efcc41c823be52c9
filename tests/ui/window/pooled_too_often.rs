//! Three pools as layers, on a height of 7, 3 and 1: nothing is left for the last one.

use nnx::prelude::*;

fn forward(pool: &MaxPool<(U2, U2)>, x: Tensor![Batch, 7, 7, 16], pass: &mut Pass) {
    let x = pool.forward(x, pass);
    let x = pool.forward(x, pass);
    let _ = pool.forward(x, pass);
}

fn main() {}
