//! A spectrum of 9 frequencies, which are those of 16 or 17 numbers.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 9, 2]) {
    let _ = x.irfft::<1, U15>();
}

fn main() {}
