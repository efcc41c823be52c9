//! The images and labels of one training step.

use std::marker::PhantomData;

use nnx_core::size::{Batch, Size, U1};
use nnx_core::tensor::Tensor;

/// Images and labels as a model takes them.
pub type Tensors<H, W> = (Tensor<(Batch, H, W, U1)>, Tensor<(Batch,), i32>);

/// B images of H × W normalised pixels with their labels; B is at least 1.
///
/// ```
/// use nnx_core::size::{U2, U3, U4};
/// use nnx_train::ImageSet;
///
/// let set = ImageSet::<U2, U3, U4>::new(vec![0; 2 * 2 * 3], vec![3, 1])?;
/// let batch = set.batches(2)?.in_order().next().unwrap();
/// assert_eq!(batch.pixels().len(), 2 * 2 * 3);
/// assert_eq!(batch.labels(), [3, 1]);
/// let (pixels, labels) = batch.into_parts();
/// assert_eq!((pixels.len(), labels.len()), (12, 2));
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageBatch<H: Size, W: Size> {
    pixels: Vec<f32>,
    labels: Vec<i32>,
    size: PhantomData<(H, W)>,
}

impl<H: Size, W: Size> ImageBatch<H, W> {
    pub(crate) fn new(pixels: Vec<f32>, labels: Vec<i32>) -> Self {
        Self { pixels, labels, size: PhantomData }
    }

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
    /// use nnx_core::size::{Batch, U2, U3, U4};
    /// use nnx_train::ImageSet;
    ///
    /// let set = ImageSet::<U2, U3, U4>::new(vec![0; 2 * 2 * 3], vec![3, 1])?;
    /// let batch = set.batches(2)?.in_order().next().unwrap();
    /// let (images, labels): (Tensor![Batch, 2, 3, 1], Tensor![Batch; i32]) = batch.into_tensors();
    /// assert_eq!(labels.to_vec(), [3, 1]);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    pub fn into_tensors(self) -> Tensors<H, W> {
        let images = Tensor::from_vec(self.pixels).expect("a batch holds whole images");
        let labels = Tensor::from_vec(self.labels).expect("any number of labels is a batch");
        (images, labels)
    }
}

impl<H: Size, W: Size> PartialEq for ImageBatch<H, W> {
    fn eq(&self, other: &Self) -> bool {
        (&self.pixels, &self.labels) == (&other.pixels, &other.labels)
    }
}
