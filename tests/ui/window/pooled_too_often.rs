//! Pooling as a layer, behind which nothing is left: 7, 3, 1.

use nnx::prelude::*;

fn forward(pool: &MaxPool<(U2, U2)>, x: Tensor![Batch, 7, 7, 16], pass: &mut Pass) {
    let x = pool.forward(x, pass);
    let x = pool.forward(x, pass);
    let _ = pool.forward(x, pass);
}

fn main() {}
