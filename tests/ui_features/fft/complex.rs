//! A complex transform of real numbers, which have no last axis of 2.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 16]) {
    let _ = x.fft::<1>();
}

fn main() {}
