//! A short-time Fourier transform whose window is longer than the samples.

use nnx::ops::SpectralWindow;
use nnx::prelude::*;

fn forward(x: Tensor![Batch, 100]) {
    let _ = x.stft::<U128, U64>(SpectralWindow::Hann);
}

fn main() {}
