//! The rules of linear algebra and of Fourier transforms with a guard, as in `tests/build/guards.rs`.

use nnx::ops::SpectralWindow;
use nnx::prelude::*;

type Zero = AtBuild<U0>;
type Zero1 = AtBuild<Zero>;

fn main() {
    // TallMatrices: at least as many rows as columns.
    let _ = <Tensor![AtBuild<U2>, 3]>::ones().qr();
    let _ = <Tensor![AtBuild<U2>, 4]>::ones().svd();
    let _ = <Tensor![AtBuild<U2>, 5]>::ones().singular_values();
    // RealSpectrum, SpectrumOf, Framed.
    let _ = <Tensor![Zero]>::ones().rfft::<0>();
    let _ = <Tensor![1, 2]>::ones().irfft::<0, Zero1>();
    let _ = <Tensor![AtBuild<U7>]>::ones().stft::<U8, U2>(SpectralWindow::Hann);
    let _ = <Tensor![8]>::ones().spectrogram::<U4, Zero>(SpectralWindow::Hann);
}
