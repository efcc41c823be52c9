//! The images and labels of one training step.

use nnx_core::size::{Batch, Const, Size, U1};
use nnx_core::tensor::Tensor;

/// Images and labels as a model takes them.
pub type Tensors<const H: usize, const W: usize> =
    (Tensor<(Batch, Const<H>, Const<W>, U1)>, Tensor<(Batch,), i32>);

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

    /// Images `(B, H, W, 1)`, with the one channel of a grey image, and labels `(B,)`, without a copy.
    ///
    /// ```
    /// use nnx_core::Tensor;
    /// use nnx_core::size::Batch;
    /// use nnx_train::ImageSet;
    ///
    /// let set = ImageSet::<2, 3, 4>::new(vec![[[0; 3]; 2]; 2], vec![3, 1])?;
    /// let batch = set.batches(2)?.in_order().next().unwrap();
    /// let (images, labels): (Tensor![Batch, 2, 3, 1], Tensor![Batch; i32]) = batch.into_tensors();
    /// assert_eq!(labels.to_vec(), [3, 1]);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    pub fn into_tensors(self) -> Tensors<H, W>
    where
        Const<H>: Size,
        Const<W>: Size,
    {
        let images = Tensor::from_vec(self.pixels).expect("a batch holds whole images");
        let labels = Tensor::from_vec(self.labels).expect("any number of labels is a batch");
        (images, labels)
    }
}
