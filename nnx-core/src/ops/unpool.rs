//! Composed: the maxima of windows with where they are, and their way back into an image.

use super::DynTensor;
use super::max_indices::NAME;
use super::pooling::windows_of;
use super::windows::image;
use crate::array::{Dims, OrPanic as _, product};
use crate::size::AxisWindow;

impl DynTensor {
    /// [`max_pool`](Self::max_pool), and the index of each maximum in its image (`return_indices=True` in PyTorch): the
    /// spatial axes are counted as one, channels and images apart. The first of equal maxima counts. A window of padding
    /// alone has the index -1. Indices are of `i32` and have no gradient.
    #[must_use]
    #[track_caller]
    pub fn max_pool_with_indices(self, windows: impl AsRef<[AxisWindow]>) -> (Self, Self) {
        let windows = windows_of(NAME, windows.as_ref(), &self.signature()).or_panic();
        self.max_with_indices(windows)
    }

    /// Values `(B, .., C)` written into images of zeros of the spatial sizes `sizes`, at the indices that
    /// [`max_pool_with_indices`](Self::max_pool_with_indices) gives. Of equal indices the last one's value stays.
    ///
    /// # Panics
    /// If the shapes differ, or an index is outside the image.
    #[must_use]
    #[track_caller]
    pub fn max_unpool(self, indices: Self, sizes: &[usize]) -> Self {
        let (dims, others) = (self.dims(), indices.dims());
        assert!(
            dims == others && dims.len() == sizes.len() + 2,
            "`max_unpool` takes values (batch, .., channels) and an index for each, with {} axes in between, found {dims} and {others}",
            sizes.len()
        );
        let (batch, channels) = (dims[0], dims[dims.len() - 1]);
        let places = product(sizes.iter().copied());
        let flat = [batch, product(dims[1..dims.len() - 1].iter().copied()), channels];
        let zeros = self.filled(&[batch, places, channels], 0.0);
        let filled = zeros.scatter_set(1, indices.reshape(&flat), self.reshape(&flat));
        filled.reshape(&image(batch, &Dims::new(sizes), channels))
    }
}
