//! Real numbers, of which no axis holds two parts.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 16]) {
    let _ = x.fft::<1>();
}

fn main() {}
