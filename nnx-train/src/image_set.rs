//! Images with their labels, checked once.

use std::fmt;
use std::num::NonZero;
use std::path::Path;

use crate::{Batches, DataError, IdxImages, IdxLabels};

/// Labelled grey images of H × W pixels in `CLASSES` classes.
///
/// Holding one means that there is at least one image, that every image has the size in the type,
/// that there are as many labels as images, and that every label is below `CLASSES`.
///
/// ```
/// use nnx_train::ImageSet;
///
/// let set = ImageSet::<2, 2, 10>::new(vec![[[0, 50], [100, 255]]], vec![7])?;
/// assert_eq!(set.len(), 1);
/// assert_eq!(set.images()[0][1][1], 255);
/// assert_eq!(set.labels()[0], 7);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ImageSet<const H: usize, const W: usize, const CLASSES: usize> {
    images: Vec<[[u8; W]; H]>,
    labels: Vec<u8>,
}

impl<const H: usize, const W: usize, const CLASSES: usize> ImageSet<H, W, CLASSES> {
    /// A set of images that are in memory already.
    ///
    /// # Errors
    /// No image, other numbers of images and labels, or a label of `CLASSES` or more.
    pub fn new(images: Vec<[[u8; W]; H]>, labels: Vec<u8>) -> Result<Self, DataError> {
        Self::checked(images, "the given images", labels, "the given labels")
    }

    /// Reads an IDX file of images and the one of their labels, gzipped or not.
    ///
    /// ```
    /// use nnx_train::ImageSet;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = |name: &str| folder.path().join(name);
    /// # std::fs::write(path("images"), [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9])?;
    /// # std::fs::write(path("labels"), [0, 0, 8, 1, 0, 0, 0, 1, 1])?;
    /// let set = ImageSet::<1, 2, 10>::read(path("images"), path("labels"))?;
    /// assert_eq!(set.images(), [[[7, 9]]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`IdxImages::read`], [`IdxLabels::read`] and [`new`](Self::new), or images of another
    /// size.
    pub fn read(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Self, DataError> {
        let (images, labels) = (images.as_ref(), labels.as_ref());
        Self::from_idx(
            IdxImages::read(images)?,
            &images.display().to_string(),
            IdxLabels::read(labels)?,
            &labels.display().to_string(),
        )
    }

    /// The same from the bytes of two such files; errors call them `name` images and labels.
    ///
    /// ```
    /// use nnx_train::ImageSet;
    ///
    /// let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9];
    /// let labels = [0, 0, 8, 1, 0, 0, 0, 1, 1];
    /// let set = ImageSet::<1, 2, 10>::from_bytes("tiny", &images, &labels)?;
    /// assert_eq!(set.labels(), [1]);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(name: &str, images: &[u8], labels: &[u8]) -> Result<Self, DataError> {
        let (images_name, labels_name) = (format!("{name} images"), format!("{name} labels"));
        Self::from_idx(
            IdxImages::from_bytes(&images_name, images)?,
            &images_name,
            IdxLabels::from_bytes(&labels_name, labels)?,
            &labels_name,
        )
    }

    /// Keeps the first `len` images, or all if there are fewer: for a quick try.
    ///
    /// ```
    /// use std::num::NonZero;
    ///
    /// let mut set = nnx_train::ImageSet::<1, 1, 5>::new(vec![[[0]]; 5], vec![0, 1, 2, 3, 4])?;
    /// set.truncate(NonZero::new(2).expect("2 isn't 0"));
    /// assert_eq!(set.labels(), [0, 1]);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    pub fn truncate(&mut self, len: NonZero<usize>) {
        self.images.truncate(len.get());
        self.labels.truncate(len.get());
    }

    /// Batches of `size` images, for training or measuring; see [`Batches`].
    ///
    /// # Errors
    /// A size of 0, or above the number of images.
    pub fn batches(&self, size: usize) -> Result<Batches<'_, H, W, CLASSES>, DataError> {
        Batches::new(self, size)
    }

    /// Number of images; at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// The images, (B, H, W), brightness from 0 to 255.
    pub fn images(&self) -> &[[[u8; W]; H]] {
        &self.images
    }

    /// The class of each image, (B), below `CLASSES`.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    fn from_idx(
        images: IdxImages,
        images_file: &str,
        labels: IdxLabels,
        labels_file: &str,
    ) -> Result<Self, DataError> {
        let (expected, found) = ((H, W), (images.height, images.width));
        if expected != found {
            return Err(DataError::ImageSize { file: images_file.into(), expected, found });
        }
        // Nothing is left over: the file holds whole images of this size.
        let (rows, _) = images.pixels.as_chunks::<W>();
        let (images, _) = rows.as_chunks::<H>();
        Self::checked(images.to_vec(), images_file, labels.labels, labels_file)
    }

    fn checked(
        images: Vec<[[u8; W]; H]>,
        images_file: &str,
        labels: Vec<u8>,
        labels_file: &str,
    ) -> Result<Self, DataError> {
        if images.is_empty() {
            return Err(DataError::Empty { file: images_file.into() });
        }
        if images.len() != labels.len() {
            return Err(DataError::Count {
                images_file: images_file.into(),
                images: images.len(),
                labels_file: labels_file.into(),
                labels: labels.len(),
            });
        }
        if let Some(index) = labels.iter().position(|&label| usize::from(label) >= CLASSES) {
            let (file, label) = (labels_file.into(), labels[index]);
            return Err(DataError::Label { file, index, label, classes: CLASSES });
        }
        Ok(Self { images, labels })
    }
}

/// Says how many images of what kind, not their pixels.
impl<const H: usize, const W: usize, const CLASSES: usize> fmt::Debug for ImageSet<H, W, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImageSet<{H}, {W}, {CLASSES}>({} images)", self.len())
    }
}
