//! A short-time Fourier transform of a number.

use nnx::ops::SpectralWindow;
use nnx::prelude::*;

fn forward(x: Tensor![]) {
    let _ = x.stft::<U4, U2>(SpectralWindow::Hann);
}

fn main() {}
