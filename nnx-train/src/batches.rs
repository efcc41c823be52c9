//! Mini-batches of a data set.

use nnx_core::size::Size;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::{DataError, Epoch, ImageSet, Normalize};

/// Splits a data set into batches; [`shuffled`](Self::shuffled) and [`in_order`](Self::in_order)
/// start an epoch.
///
/// By default the last batch is smaller if the batch size doesn't divide the set, pixels are normalised by
/// [`Normalize::MNIST`], and images aren't shifted.
///
/// ```
/// use nnx_core::size::{U1, U5};
/// use nnx_train::{ImageSet, Normalize};
///
/// let set = ImageSet::<U1, U1, U5>::new(vec![0, 1, 2, 3, 4], vec![0, 1, 2, 3, 4])?;
///
/// let training = set.batches(2)?.normalize(Normalize::new(0.0, 1.0)?).drop_last();
/// for batch in training.shuffled(7) {
///     assert_eq!(batch.pixels()[0] * 255.0, batch.labels()[0] as f32);
/// }
/// assert_eq!(training.steps(), 2);
///
/// let sizes: Vec<_> = set.batches(2)?.in_order().map(|batch| batch.len()).collect();
/// assert_eq!(sizes, [2, 2, 1]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Batches<'a, H: Size, W: Size, Classes: Size> {
    pub(crate) set: &'a ImageSet<H, W, Classes>,
    pub(crate) size: usize,
    drop_last: bool,
    pub(crate) normalize: Normalize,
    pub(crate) max_shift: usize,
}

impl<'a, H: Size, W: Size, Classes: Size> Batches<'a, H, W, Classes> {
    pub(crate) fn new(set: &'a ImageSet<H, W, Classes>, size: usize) -> Result<Self, DataError> {
        if size == 0 || size > set.len() {
            return Err(DataError::BatchSize { size, len: set.len() });
        }
        Ok(Self { set, size, drop_last: false, normalize: Normalize::MNIST, max_shift: 0 })
    }

    /// Drops the last batch if it is smaller than the others. Each shuffled epoch drops other images. Don't use
    /// it for evaluation, which needs all images.
    pub fn drop_last(self) -> Self {
        Self { drop_last: true, ..self }
    }

    /// Normalises pixels by `normalize`.
    pub fn normalize(self, normalize: Normalize) -> Self {
        Self { normalize, ..self }
    }

    /// Shifts each image of a shuffled epoch by a random number of rows and columns from −`pixels` to `pixels`.
    /// The new pixels are background. Images of [`in_order`](Self::in_order) aren't shifted, because it is for
    /// evaluation.
    ///
    /// # Errors
    /// A shift as large as the smaller side of an image, which could move all of it out of the frame.
    pub fn random_shift(self, pixels: usize) -> Result<Self, DataError> {
        if pixels >= H::USIZE.min(W::USIZE) {
            return Err(DataError::Shift { pixels, height: H::USIZE, width: W::USIZE });
        }
        Ok(Self { max_shift: pixels, ..self })
    }

    /// Number of batches in an epoch.
    pub fn steps(&self) -> u64 {
        self.images().div_ceil(self.size) as u64
    }

    /// Number of images in an epoch: all, without a dropped last batch.
    pub(crate) fn images(&self) -> usize {
        let left_out = if self.drop_last { self.set.len() % self.size } else { 0 };
        self.set.len() - left_out
    }

    /// One epoch in random order, with each image once.
    ///
    /// Order and shifts depend on the seed only, on every machine and for every batch size. Use another seed
    /// for each epoch, such as `seed + epoch`: then a training run can resume at any epoch without repeating
    /// the earlier ones.
    pub fn shuffled(&self, seed: u64) -> Epoch<'a, H, W, Classes> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..self.set.len()).collect();
        order.shuffle(&mut rng);
        Epoch::new(*self, order, rng)
    }

    /// One epoch in the order of the set, for evaluation.
    pub fn in_order(&self) -> Epoch<'a, H, W, Classes> {
        let still = Self { max_shift: 0, ..*self };
        let unused = Xoshiro256PlusPlus::seed_from_u64(0);
        Epoch::new(still, (0..self.set.len()).collect(), unused)
    }
}
