//! A real transform of complex numbers.

use nnx::prelude::*;

fn forward(x: Tensor![8]) {
    let _ = x.fft::<0>();
}

fn main() {}
