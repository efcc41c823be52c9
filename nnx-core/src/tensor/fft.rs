//! Fourier transforms and spectra of audio: the feature `fft`.

use super::{Real, Tensor};
use crate::ops::{MelOptions, SpectralWindow};
use crate::size::rules::{ComplexAxis, Framed, RealSpectrum, Spectrogram, SpectrumOf};
use crate::size::{Shape, Size};

/// # Fourier transforms
/// These need the feature `fft`. There is no complex element type: complex numbers are tensors (.., 2), whose last axis
/// holds the real and the imaginary part, as `torch.view_as_real` gives them. Transforms compute in f64, also for f32, have
/// gradients of any order, and the same bits on any processor and any number of threads. As in NumPy, JAX and PyTorch by
/// default, `fft` and `rfft` aren't scaled, and `ifft` and `irfft` divide by the length. An element that is infinite or
/// NaN makes all results of its row infinite or NaN.
impl<S, E> Tensor<S, E> {
    /// The discrete Fourier transform `X[k] = Σ x[n] exp(-2πi k n / N)` of complex numbers (.., 2) along the axis of index
    /// `I`, which may be a runtime axis. `jnp.fft.fft`, `torch.fft.fft`.
    ///
    /// Cost: 5 N log₂ N operations for N numbers, also of a prime N (some 4 times as many); copies in f64.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 0.0], [0.0, 0.0]]);
    /// assert_eq!(x.clone().fft::<0>().to_vec(), [1.0, 0.0, 1.0, 0.0]);
    /// assert_eq!(x.clone().fft::<0>().ifft::<0>().to_vec(), x.to_vec());
    /// ```
    ///
    /// # Panics
    /// If the axis is empty.
    #[must_use]
    #[track_caller]
    #[doc(alias("fft2", "fftn"))]
    pub fn fft<const I: usize>(self) -> Self
    where
        S: ComplexAxis<I>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().fft(I))
    }

    /// The inverse of [`fft`](Self::fft), which divides by the length. `jnp.fft.ifft`, `torch.fft.ifft`.
    ///
    /// Cost: that of [`fft`](Self::fft).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[2.0, 0.0], [0.0, 0.0]]);
    /// assert_eq!(x.ifft::<0>().to_vec(), [1.0, 0.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If the axis is empty.
    #[must_use]
    #[track_caller]
    #[doc(alias("ifft2", "ifftn"))]
    pub fn ifft<const I: usize>(self) -> Self
    where
        S: ComplexAxis<I>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().ifft(I))
    }

    /// The discrete Fourier transform of real numbers along the axis of index `I`: of N numbers the first N/2 + 1, as the
    /// others are their conjugates. The result has a last axis of 2 more. `jnp.fft.rfft`, `torch.fft.rfft`.
    ///
    /// Cost: half of that of [`fft`](Self::fft) where N is even.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![3, 2] = Tensor::from([1.0, 0.0, 0.0, 0.0]).rfft::<0>();
    /// assert_eq!(x.to_vec(), [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias("rfft2", "rfftn"))]
    pub fn rfft<const I: usize>(self) -> Tensor<S::Output, E>
    where
        S: RealSpectrum<I>,
        E: Real,
    {
        const { S::CHECKED }
        Tensor::trusted(self.into_dyn().rfft(I))
    }

    /// The `N` real numbers along the axis of index `I` whose transform begins with these N/2 + 1 numbers: the inverse of
    /// [`rfft`](Self::rfft), which divides by N. `jnp.fft.irfft` and `torch.fft.irfft` with `n`.
    ///
    /// The imaginary part of the first number, and for an even N that of the last, isn't read.
    ///
    /// Cost: half of that of [`fft`](Self::fft) where N is even.
    ///
    /// ```
    /// use nnx_core::{size::U4, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0, 0.0, -1.0]);
    /// assert_eq!(x.clone().rfft::<0>().irfft::<0, U4>().to_vec(), x.to_vec());
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias("irfft2", "irfftn"))]
    pub fn irfft<const I: usize, N: Size>(self) -> Tensor<S::Output, E>
    where
        S: SpectrumOf<I, N>,
        E: Real,
    {
        const { S::CHECKED }
        Tensor::trusted(self.into_dyn().irfft(I, N::USIZE))
    }

    /// The short-time Fourier transform of samples, which are the last axis: (.., T) to (.., F, W/2 + 1, 2), for the F
    /// windows of `W` samples that begin `Hop` apart. Each is multiplied by the weights of `window`.
    ///
    /// `torch.stft(x, W, Hop, window=.., center=False, return_complex=True)` and `librosa.stft` with `center=False`, in
    /// which the axes of windows and frequencies are swapped. For `center=True` pad W/2 samples on both sides before.
    ///
    /// Cost: 2.5 F W log₂ W operations, and memory for all windows, F W elements.
    ///
    /// ```
    /// use nnx_core::{Tensor, ops::SpectralWindow, size::{Batch, U2, U4}, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 8] = Tensor::from_vec(vec![1.0; 8])?;
    /// let spectrum: Tensor![Batch, 3, 3, 2] = x.stft::<U4, U2>(SpectralWindow::Hann);
    /// let first: Vec<f32> = spectrum.to_vec()[..6].to_vec();
    /// assert_eq!(first, [2.0, 0.0, -1.0, 0.0, 0.0, 0.0]);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If T is a runtime axis with fewer samples than a window.
    #[must_use]
    #[track_caller]
    pub fn stft<W: Size, Hop: Size>(self, window: SpectralWindow) -> Tensor<S::Spectrum, E>
    where
        S: Framed<W, Hop>,
        E: Real,
    {
        const { S::CHECKED }
        Tensor::trusted(self.into_dyn().stft(W::USIZE, Hop::USIZE, window))
    }

    /// The power of each frequency in each window, the square of the absolute value of [`stft`](Self::stft): (.., T) to
    /// (.., F, W/2 + 1). `torchaudio.transforms.Spectrogram` with `center=False`, `abs(librosa.stft(..)) ** 2`.
    ///
    /// Cost: that of [`stft`](Self::stft).
    ///
    /// ```
    /// use nnx_core::{Tensor, ops::SpectralWindow, size::{U2, U4}, tensor::Tensor};
    ///
    /// let power: Tensor![2, 3] = Tensor::from([1.0; 6]).spectrogram::<U4, U2>(SpectralWindow::Hann);
    /// let first: Vec<f32> = power.to_vec()[..3].to_vec();
    /// assert_eq!(first, [4.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If T is a runtime axis with fewer samples than a window.
    #[must_use]
    #[track_caller]
    pub fn spectrogram<W: Size, Hop: Size>(self, window: SpectralWindow) -> Tensor<S::Power, E>
    where
        S: Framed<W, Hop>,
        E: Real,
    {
        const { S::CHECKED }
        Tensor::trusted(self.into_dyn().spectrogram(W::USIZE, Hop::USIZE, window))
    }

    /// The mel spectrum of a spectrogram: (.., K) to (.., `M`), by `M` triangular filters. The K frequencies are those
    /// from 0 to half of the sample rate. With the scale `Htk` (the default) it is `torchaudio.transforms.MelScale`,
    /// with `Slaney` `librosa.feature.melspectrogram`.
    ///
    /// Cost: a product of matrices, 2 K M operations for each window.
    ///
    /// ```
    /// use nnx_core::{Tensor, ops::MelOptions, size::U8, tensor::Tensor};
    ///
    /// let power: Tensor![Batch, 65] = Tensor::from_vec(vec![1.0; 130])?;
    /// let mel: Tensor![Batch, 8] = power.mel_spectrum::<U8>(&MelOptions::new(16_000.0));
    /// # use nnx_core::size::Batch;
    /// assert_eq!(*mel.decibels().dims(), [2, 8]); // a log-mel spectrum
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the sample rate or the range of frequencies isn't finite, or the range is empty or below 0.
    #[must_use]
    #[track_caller]
    #[doc(alias("melspectrogram", "mel_scale"))]
    pub fn mel_spectrum<M: Size>(self, options: &MelOptions) -> Tensor<S::With<M>, E>
    where
        S: Spectrogram,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().mel_spectrum(M::USIZE, options))
    }

    /// A power in decibels, `10 log10(max(x, 1e-10))`. `torchaudio.transforms.AmplitudeToDB` and `librosa.power_to_db`
    /// with `top_db=None`. At 1e-10 half of the gradient flows, as for a maximum of equal elements.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([100.0, 0.0]).decibels().to_vec(), [20.0, -100.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias("power_to_db", "amplitude_to_db"))]
    pub fn decibels(self) -> Self
    where
        S: Shape,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().decibels())
    }
}
