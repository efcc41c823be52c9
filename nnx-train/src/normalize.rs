//! Normalization: from bytes to pixels with mean 0 and standard deviation 1.

use nnx_core::size::Size;

use crate::{DataError, ImageSet};

/// Normalisation of pixels: (x / 255 − mean) / deviation.
///
/// Mean and standard deviation are those of the pixels of the training set, scaled to 0..=1. Use the
/// same ones for training, testing and serving.
///
/// ```
/// use nnx_train::Normalize;
///
/// let table = Normalize::new(0.5, 0.25)?.table();
/// assert_eq!((table[0], table[255]), (-2.0, 2.0));
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalize {
    mean: f32,
    deviation: f32,
}

impl Normalize {
    /// Mean 0.1307, deviation 0.3081: those of MNIST, and the default of
    /// [`Batches`](crate::Batches).
    pub const MNIST: Self = Self { mean: 0.1307, deviation: 0.3081 };

    /// Mean 0.2860, deviation 0.3530: those of Fashion-MNIST.
    pub const FASHION_MNIST: Self = Self { mean: 0.2860, deviation: 0.3530 };

    /// Normalisation by a mean and a standard deviation of pixels in 0..=1.
    ///
    /// # Errors
    /// A mean that isn't finite, or a deviation that isn't finite, isn't above 0, or is so small
    /// that pixels would overflow.
    pub fn new(mean: f32, deviation: f32) -> Result<Self, DataError> {
        let normalize = Self { mean, deviation };
        let finite_pixels = normalize.table().iter().all(|value| value.is_finite());
        if deviation > 0.0 && deviation.is_finite() && finite_pixels {
            return Ok(normalize);
        }
        Err(DataError::Normalize { mean, deviation })
    }

    /// The mean and deviation of all pixels of a set.
    ///
    /// ```
    /// use nnx_core::size::{U1, U2};
    /// use nnx_train::{ImageSet, Normalize};
    ///
    /// let set = ImageSet::<U1, U2, U1>::new(vec![0, 255], vec![0])?;
    /// assert_eq!(Normalize::measure(&set)?, Normalize::new(0.5, 0.5)?);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// All pixels are alike, so that their deviation is 0.
    pub fn measure<H: Size, W: Size, Classes: Size>(
        set: &ImageSet<H, W, Classes>,
    ) -> Result<Self, DataError> {
        // Integers until the end: the sums are exact, and so is a deviation of 0.
        let (mut count, mut sum, mut squares) = (0u128, 0u128, 0u128);
        for image in set.images() {
            let bytes = image.iter().map(|&byte| u64::from(byte));
            count += bytes.len() as u128;
            sum += u128::from(bytes.clone().sum::<u64>());
            squares += u128::from(bytes.map(|byte| byte * byte).sum::<u64>());
        }
        let scale = 255.0 * count as f64;
        let mean = sum as f64 / scale;
        let deviation = ((count * squares - sum * sum) as f64).sqrt() / scale;
        Self::new(mean as f32, deviation as f32)
    }

    /// The normalised value of each of the 256 bytes: a look-up is cheaper than two divisions.
    pub fn table(&self) -> [f32; 256] {
        std::array::from_fn(|byte| (byte as f32 / 255.0 - self.mean) / self.deviation)
    }
}
