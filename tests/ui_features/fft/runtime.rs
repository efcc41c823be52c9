//! A Fourier transform along a runtime axis.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, Time]) {
    let _ = x.rfft::<1>();
}

fn main() {}
