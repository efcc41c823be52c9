//! Windows of a short-time Fourier transform that are 0 samples apart.

use nnx::ops::SpectralWindow;
use nnx::prelude::*;

fn forward(x: Tensor![Batch, 64]) {
    let _ = x.stft::<U16, U0>(SpectralWindow::Hann);
}

fn main() {}
