//! A short-time Fourier transform of more axes than fit.

use nnx::ops::SpectralWindow;
use nnx::prelude::*;

fn forward(x: Tensor![Batch, 1, 2, 3, 4, 5, 64]) {
    let _ = x.stft::<U16, U8>(SpectralWindow::Hann);
}

fn main() {}
