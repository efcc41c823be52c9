//! 7 x 7 x 64 are 3136 elements, not 1600.

use nnx::prelude::*;

fn flat(x: Tensor![Batch, 7, 7, 64]) {
    let _ = x.reshape::<shape![Batch, 1600]>();
}

fn main() {}
