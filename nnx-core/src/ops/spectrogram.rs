//! Spectra of audio, composed of `fft` and other operations: short-time Fourier transforms, mel filters, decibels.

use super::DynTensor;
use super::view::refuse;
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, OrPanic as _};

/// The weights of the elements of a window, before it is transformed. They are periodic, as by default in `torch` and
/// `librosa`: `scipy.signal.get_window(name, N)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SpectralWindow {
    /// The Hann window: `0.5 - 0.5 cos(2πi/N)`.
    #[default]
    Hann,
    /// The Hamming window: `0.54 - 0.46 cos(2πi/N)`.
    Hamming,
    /// The rectangular window: 1 for each element.
    Rectangular,
}

impl SpectralWindow {
    #[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
    fn weight(self, i: usize, length: usize) -> f64 {
        let turn = (std::f64::consts::TAU * i as f64 / length as f64).cos();
        match self {
            Self::Hann => 0.5 - 0.5 * turn,
            Self::Hamming => 0.54 - 0.46 * turn,
            Self::Rectangular => 1.0,
        }
    }
}

/// How frequencies become mel, and how high the filters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MelScale {
    /// `2595 log10(1 + f/700)`, and filters of height 1: the defaults of `torchaudio` (HTK).
    #[default]
    Htk,
    /// Linear below 1 kHz and logarithmic above, and filters of area 1: the defaults of `librosa` (Slaney).
    Slaney,
}

impl MelScale {
    fn to_mel(self, hertz: f64) -> f64 {
        match self {
            Self::Htk => 2595.0 * (1.0 + hertz / 700.0).log10(),
            Self::Slaney if hertz < 1000.0 => 3.0 * hertz / 200.0,
            Self::Slaney => 15.0 + 27.0 * (hertz / 1000.0).ln() / 6.4_f64.ln(),
        }
    }

    fn to_hertz(self, mel: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * (10.0_f64.powf(mel / 2595.0) - 1.0),
            Self::Slaney if mel < 15.0 => 200.0 * mel / 3.0,
            Self::Slaney => 1000.0 * (6.4_f64.ln() * (mel - 15.0) / 27.0).exp(),
        }
    }
}

/// The filters of a mel spectrum: triangles whose corners are equally far apart in mel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MelOptions {
    /// Samples per second.
    pub sample_rate: f64,
    /// The lower end of the first filter in hertz: 0 by default.
    pub lowest: f64,
    /// The upper end of the last filter in hertz: half of the sample rate by default.
    pub highest: f64,
    /// The scale: HTK by default.
    pub scale: MelScale,
}

impl MelOptions {
    /// The defaults of `torchaudio`, for a sample rate.
    #[must_use]
    pub fn new(sample_rate: f64) -> Self {
        Self { sample_rate, lowest: 0.0, highest: sample_rate / 2.0, scale: MelScale::Htk }
    }

    /// With another scale.
    #[must_use]
    pub fn scale(self, scale: MelScale) -> Self {
        Self { scale, ..self }
    }

    /// With another range of frequencies, in hertz.
    #[must_use]
    pub fn range(self, lowest: f64, highest: f64) -> Self {
        Self { lowest, highest, ..self }
    }

    /// Panics unless the numbers are a range of frequencies.
    #[track_caller]
    fn check(&self) {
        let Self { sample_rate, lowest, highest, .. } = self;
        assert!(
            sample_rate.is_finite() && 0.0 <= *lowest && lowest < highest && highest.is_finite(),
            "mel_filters: expected a finite sample rate and a range of frequencies from 0 on, \
             found {sample_rate} and {lowest} to {highest}"
        );
    }

    /// The weight of a frequency in the filter between three corners.
    fn weight(&self, frequency: f64, [left, center, right]: [f64; 3]) -> f64 {
        let rising = (frequency - left) / (center - left);
        let falling = (right - frequency) / (right - center);
        let height = match self.scale {
            MelScale::Htk => 1.0,
            MelScale::Slaney => 2.0 / (right - left),
        };
        rising.min(falling).max(0.0) * height
    }
}

#[allow(clippy::cast_precision_loss, reason = "numbers of filters are far below 2^53")]
fn fraction(i: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { i as f64 / of as f64 }
}

impl DynTensor {
    /// The elements of a window with `length` elements.
    #[must_use]
    pub fn spectral_window(window: SpectralWindow, length: usize, dtype: DType) -> Self {
        numbers(&[length], dtype, |i| window.weight(i, length))
    }

    /// The transforms of windows of the last axis, `hop` apart: (.., T) to (.., F, N/2 + 1, 2), with
    /// `F = (T - N)/hop + 1` windows of `N = length` elements (`torch.stft`, `librosa.stft`, with `center=False`; there the
    /// last two axes are swapped). Nothing is padded.
    #[must_use]
    #[track_caller]
    pub fn stft(self, length: usize, hop: usize, window: SpectralWindow) -> Self {
        let dims = self.dims();
        let samples = dims.last().copied().unwrap_or(0);
        if length == 0 || hop == 0 || samples < length {
            let problem = format!(
                "takes windows and hops of at least 1 element, and an axis of at least one window, \
                 found a window of {length}, a hop of {hop}, and shape {dims}"
            );
            refuse::<()>("stft", problem).or_panic();
        }
        let (frames, last) = ((samples - length) / hop + 1, dims.len() - 1);
        let weights = Self::spectral_window(window, length, self.dtype());
        let indices = (0..frames).flat_map(|frame| frame * hop..frame * hop + length);
        let cut = dims.with_axis(last, frames).insert_axis(last + 1, length);
        (self.index_select(last, indices).reshape(&cut) * weights).rfft(last + 1)
    }

    /// The squares of absolute values of the transforms that [`stft`](Self::stft) gives: (.., T) to (.., F, N/2 + 1).
    #[must_use]
    #[track_caller]
    pub fn spectrogram(self, length: usize, hop: usize, window: SpectralWindow) -> Self {
        let spectrum = self.stft(length, hop, window);
        let parts = spectrum.rank() - 1;
        (spectrum.clone() * spectrum).sum(&[parts])
    }

    /// The weights (`frequencies`, `filters`) of a mel spectrum, for frequencies from 0 to half of the sample rate
    /// (`torchaudio.functional.melscale_fbanks`, transposed `librosa.filters.mel`).
    ///
    /// # Panics
    /// If the sample rate or the range of frequencies isn't finite, or the range is empty or below 0.
    #[must_use]
    #[track_caller]
    pub fn mel_filters(
        frequencies: usize,
        filters: usize,
        options: &MelOptions,
        dtype: DType,
    ) -> Self {
        options.check();
        let [low, high] = [options.lowest, options.highest].map(|f| options.scale.to_mel(f));
        let corner =
            |i: usize| options.scale.to_hertz(low + (high - low) * fraction(i, filters + 1));
        let corners: Vec<f64> = (0..filters + 2).map(corner).collect();
        let last = frequencies.saturating_sub(1);
        numbers(&[frequencies, filters], dtype, |i| {
            let (k, filter) = (i / filters, i % filters);
            let frequency = options.sample_rate / 2.0 * fraction(k, last);
            options.weight(frequency, [0, 1, 2].map(|side| corners[filter + side]))
        })
    }

    /// The mel spectrum of a spectrogram: (.., K) to (.., `filters`), by [`mel_filters`](Self::mel_filters).
    ///
    /// # Panics
    /// As [`mel_filters`](Self::mel_filters).
    #[must_use]
    #[track_caller]
    pub fn mel_spectrum(self, filters: usize, options: &MelOptions) -> Self {
        let frequencies = self.dims().last().copied().unwrap_or(0);
        let weights = Self::mel_filters(frequencies, filters, options, self.dtype());
        self.matmul(weights)
    }

    /// `10 log10(max(x, 1e-10))`: a power in decibels (`torchaudio.transforms.AmplitudeToDB`, `librosa.power_to_db`, with
    /// `top_db=None`).
    #[must_use]
    #[track_caller]
    pub fn decibels(self) -> Self {
        let least = self.full_like(1e-10);
        self.maximum(least).log10().mul_scalar(10.0)
    }
}

/// A constant of this type with `f` of each offset.
fn numbers(dims: &[usize], dtype: DType, f: impl Fn(usize) -> f64) -> DynTensor {
    let dims = Dims::new(dims);
    for_float!(dtype, E => {
        use crate::kernel::Float as _;
        Array::filled((0..dims.elements()).map(|i| E::from_f64(f(i))).collect::<Vec<E>>(), dims).into()
    })
}
