//! The transform of complex numbers, of real ones.

use nnx::prelude::*;

fn forward(x: Tensor![8]) {
    let _ = x.fft::<0>();
}

fn main() {}
