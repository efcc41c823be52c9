//! What a model is given in one step.

/// B images of H × W normalised pixels with their labels; B is at least 1.
///
/// ```
/// use nnx_train::ImageSet;
///
/// let set = ImageSet::<2, 3, 4>::new(vec![[[0; 3]; 2]; 2], vec![3, 1])?;
/// let batch = set.batches(2)?.in_order().next().unwrap();
/// assert_eq!(batch.pixels().len(), 2 * 2 * 3);
/// assert_eq!(batch.labels(), [3, 1]);
/// let (pixels, labels) = batch.into_parts();
/// assert_eq!((pixels.len(), labels.len()), (12, 2));
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ImageBatch<const H: usize, const W: usize> {
    pub(crate) pixels: Vec<f32>,
    pub(crate) labels: Vec<i32>,
}

impl<const H: usize, const W: usize> ImageBatch<H, W> {
    /// Number of images, B.
    #[expect(clippy::len_without_is_empty, reason = "a batch is never empty")]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// The normalised pixels, (B, H, W) in row-major order.
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// The class of each image, (B).
    pub fn labels(&self) -> &[i32] {
        &self.labels
    }

    /// Pixels, (B, H, W), and labels, (B), without a copy.
    pub fn into_parts(self) -> (Vec<f32>, Vec<i32>) {
        (self.pixels, self.labels)
    }
}
