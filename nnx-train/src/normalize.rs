//! Normalization: from bytes to pixels with mean 0 and standard deviation 1.

use nnx_core::size::{Const, Size};
use nnx_core::tensor::Tensor;

use crate::{DataError, Dataset, IdxError, Image};

/// Normalisation of the pixels of images with `C` channels: (x / 255 − mean) / deviation, for each channel.
///
/// Mean and standard deviation are those of the pixels of the training set, scaled to 0..=1. Use the
/// same ones for training, testing and serving.
///
/// ```
/// use nnx_core::{Tensor, size::{U1, U2}};
/// use nnx_train::{Image, Normalize};
///
/// let image = Image::<U1, U2>::new(vec![0, 255])?;
/// let pixels: Tensor![1, 2, 1] = Normalize::new([0.5], [0.25])?.apply(&image);
/// assert_eq!(pixels.to_vec(), [-2.0, 2.0]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalize<const C: usize = 1> {
    mean: [f32; C],
    deviation: [f32; C],
}

impl Normalize {
    /// Mean 0.1307 and deviation 0.3081, the statistics of MNIST.
    pub const MNIST: Self = Self { mean: [0.1307], deviation: [0.3081] };

    /// Mean 0.2860 and deviation 0.3530, the statistics of Fashion-MNIST.
    pub const FASHION_MNIST: Self = Self { mean: [0.2860], deviation: [0.3530] };
}

impl Normalize<3> {
    /// The statistics of ImageNet, which pretrained models of torchvision expect: means 0.485, 0.456 and 0.406,
    /// deviations 0.229, 0.224 and 0.225.
    pub const IMAGENET: Self =
        Self { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };
}

impl<const C: usize> Normalize<C>
where
    Const<C>: Size,
{
    /// Normalisation by a mean and a standard deviation of each channel, of pixels in 0..=1.
    ///
    /// # Errors
    /// A mean that isn't finite, or a deviation that isn't finite, isn't above 0, or is so small
    /// that pixels would overflow.
    pub fn new(mean: [f32; C], deviation: [f32; C]) -> Result<Self, DataError> {
        for (mean, deviation) in mean.into_iter().zip(deviation) {
            // If the results for 0 and 255 are finite, those for all bytes between are, too.
            let finite = [0, 255].iter().all(|&byte| normalized(byte, mean, deviation).is_finite());
            if !(deviation > 0.0 && deviation.is_finite() && finite) {
                return Err(IdxError::Normalize { mean, deviation }.into());
            }
        }
        Ok(Self { mean, deviation })
    }

    /// The mean and deviation of each channel over all images of a set, with their labels.
    ///
    /// ```
    /// use nnx_core::size::{U1, U2};
    /// use nnx_train::{ImageSet, Normalize};
    ///
    /// let set = ImageSet::<U1, U2, U1>::new(vec![0, 255], vec![0])?;
    /// assert_eq!(Normalize::measure(&set)?, Normalize::new([0.5], [0.5])?);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// All pixels of a channel are alike, so that their deviation is 0; or an image that can't be read.
    pub fn measure<H: Size, W: Size, L>(
        set: &impl Dataset<Item = (Image<H, W, Const<C>>, L)>,
    ) -> Result<Self, DataError> {
        let mut counts = [[0u128; 256]; C];
        for index in 0..set.len() {
            let (image, _) = set.get(index)?;
            for pixel in image.pixels().chunks_exact(C.max(1)) {
                for (counts, &byte) in counts.iter_mut().zip(pixel) {
                    counts[usize::from(byte)] += 1;
                }
            }
        }
        let measures = counts.map(|counts| measure(&counts));
        Self::new(measures.map(|(mean, _)| mean), measures.map(|(_, deviation)| deviation))
    }

    /// The normalised pixels of an image.
    pub fn apply<H: Size, W: Size>(
        &self,
        image: &Image<H, W, Const<C>>,
    ) -> Tensor<(H, W, Const<C>)> {
        let pixels = normalize(image.pixels(), &self.mean, &self.deviation);
        Tensor::from_vec(pixels).expect("an image has the pixels of its size")
    }
}

fn normalized(byte: u8, mean: f32, deviation: f32) -> f32 {
    (f32::from(byte) / 255.0 - mean) / deviation
}

/// The pixels of an image whose channels have these means and deviations.
fn normalize(pixels: &[u8], mean: &[f32], deviation: &[f32]) -> Vec<f32> {
    if let ([mean], [deviation]) = (mean, deviation) {
        return pixels.iter().map(|&byte| normalized(byte, *mean, *deviation)).collect();
    }
    let mut all = Vec::with_capacity(pixels.len());
    for pixel in pixels.chunks_exact(mean.len().max(1)) {
        let channels = pixel.iter().zip(mean).zip(deviation);
        all.extend(channels.map(|((&byte, mean), deviation)| normalized(byte, *mean, *deviation)));
    }
    all
}

/// The mean and deviation of bytes of which `counts` says how often each occurs, scaled to 0..=1. Integers until the
/// end: the sums are exact, and so is a deviation of 0.
fn measure(counts: &[u128; 256]) -> (f32, f32) {
    let (mut count, mut sum, mut squares) = (0, 0, 0);
    for (byte, &times) in (0u128..).zip(counts) {
        count += times;
        sum += byte * times;
        squares += byte * byte * times;
    }
    let scale = 255.0 * count as f64;
    let mean = sum as f64 / scale;
    let deviation = ((count * squares - sum * sum) as f64).sqrt() / scale;
    (mean as f32, deviation as f32)
}
