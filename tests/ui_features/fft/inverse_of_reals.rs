//! The inverse transform of real numbers: their parts are missing.

use nnx::prelude::*;

fn forward(spectrum: Tensor![Batch, 9]) {
    let _ = spectrum.irfft::<1, U16>();
}

fn main() {}
