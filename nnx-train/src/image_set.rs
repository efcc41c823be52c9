//! Images with their labels, checked once.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use nnx_core::size::Size;

use crate::{DataError, Dataset, IdxError, IdxImages, IdxLabels, Image, Label, LoadingError};

/// Labelled grey images of H × W pixels in `Classes` classes, in memory: a [`Dataset`] of
/// `(Image<H, W>, Label<Classes>)`. A clone shares the pixels.
///
/// Holding one means that there is at least one image, that every image has the size in the type,
/// that there are as many labels as images, and that every label is below `Classes`.
///
/// ```
/// use nnx_core::size::{U2, U10};
/// use nnx_train::{Dataset, ImageSet};
///
/// let set = ImageSet::<U2, U2, U10>::new(vec![0, 50, 100, 255], vec![7])?;
/// assert_eq!(set.len(), 1);
/// assert_eq!(set.image(0), [0, 50, 100, 255]);
/// let (image, label) = set.get(0)?;
/// assert_eq!((image.pixels(), label.index()), (set.image(0), 7));
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone)]
pub struct ImageSet<H: Size, W: Size, Classes: Size> {
    pixels: Arc<[u8]>,
    labels: Arc<[u8]>,
    sizes: PhantomData<(H, W, Classes)>,
}

impl<H: Size, W: Size, Classes: Size> ImageSet<H, W, Classes> {
    /// The number of pixels of one image.
    const PIXELS: usize = H::USIZE * W::USIZE;

    /// A set of images that are in memory already: `pixels` in the order (B, H, W), and B `labels`.
    ///
    /// # Errors
    /// No image, pixels that aren't whole images, a different number of labels than images, or a label of `Classes`
    /// or more.
    pub fn new(pixels: Vec<u8>, labels: Vec<u8>) -> Result<Self, DataError> {
        Self::checked(pixels, "the given images", labels, "the given labels")
    }

    /// Reads an IDX file of images and the one of their labels, gzipped or not.
    ///
    /// ```
    /// use nnx_core::size::{U1, U2, U10};
    /// use nnx_train::ImageSet;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = |name: &str| folder.path().join(name);
    /// # std::fs::write(path("images"), [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9])?;
    /// # std::fs::write(path("labels"), [0, 0, 8, 1, 0, 0, 0, 1, 1])?;
    /// let set = ImageSet::<U1, U2, U10>::read(path("images"), path("labels"))?;
    /// assert_eq!(set.image(0), [7, 9]);
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

    /// [`read`](Self::read) from the bytes of two such files. Errors name them `name` images and `name` labels.
    ///
    /// ```
    /// use nnx_core::size::{U1, U2, U10};
    /// use nnx_train::ImageSet;
    ///
    /// let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9];
    /// let labels = [0, 0, 8, 1, 0, 0, 0, 1, 1];
    /// let set = ImageSet::<U1, U2, U10>::from_bytes("tiny", &images, &labels)?;
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

    /// The pixels of all images, (B, H, W), brightness from 0 to 255.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of the image at `index`, (H, W).
    ///
    /// # Panics
    /// If there is no such image.
    pub fn image(&self, index: usize) -> &[u8] {
        let len = self.labels.len();
        assert!(index < len, "there is no image {index} in a set of {len} images");
        &self.pixels[index * Self::PIXELS..][..Self::PIXELS]
    }

    /// The class of each image, (B), below `Classes`.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    fn from_idx(
        images: IdxImages,
        images_file: &str,
        labels: IdxLabels,
        labels_file: &str,
    ) -> Result<Self, DataError> {
        let (expected, found) = ((H::USIZE, W::USIZE), (images.height, images.width));
        if expected != found {
            return Err(IdxError::ImageSize { file: images_file.into(), expected, found }.into());
        }
        Self::checked(images.pixels, images_file, labels.labels, labels_file)
    }

    fn checked(
        pixels: Vec<u8>,
        images_file: &str,
        labels: Vec<u8>,
        labels_file: &str,
    ) -> Result<Self, DataError> {
        if pixels.is_empty() {
            return Err(DataError::Empty { file: images_file.into(), items: "image" });
        }
        // An image of size 0 has no pixels, so any pixels are too many.
        let rest = pixels.len().checked_rem(Self::PIXELS).unwrap_or(pixels.len());
        if rest > 0 {
            let (file, found) = (images_file.into(), pixels.len());
            let (height, width) = (H::USIZE, W::USIZE);
            return Err(IdxError::Pixels { file, found, height, width }.into());
        }
        let images = pixels.len() / Self::PIXELS;
        if images != labels.len() {
            return Err(IdxError::Count {
                images_file: images_file.into(),
                images,
                labels_file: labels_file.into(),
                labels: labels.len(),
            }
            .into());
        }
        if let Some(index) = labels.iter().position(|&label| usize::from(label) >= Classes::USIZE) {
            let (file, label) = (labels_file.into(), labels[index]);
            return Err(IdxError::Label { file, index, label, classes: Classes::USIZE }.into());
        }
        Ok(Self { pixels: pixels.into(), labels: labels.into(), sizes: PhantomData })
    }
}

impl<H: Size, W: Size, Classes: Size> Dataset for ImageSet<H, W, Classes> {
    type Item = (Image<H, W>, Label<Classes>);

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        let len = self.labels.len();
        let label = *self.labels.get(index).ok_or(LoadingError::Index { index, len })?;
        let image = Image::trusted(self.image(index).to_vec());
        Ok((image, Label::trusted(i32::from(label))))
    }
}

/// Prints the number and kind of images, not their pixels.
impl<H: Size, W: Size, Classes: Size> fmt::Debug for ImageSet<H, W, Classes> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (h, w, classes) = (H::USIZE, W::USIZE, Classes::USIZE);
        write!(f, "ImageSet<{h}, {w}, {classes}>({} images)", self.labels.len())
    }
}

impl<H: Size, W: Size, Classes: Size> PartialEq for ImageSet<H, W, Classes> {
    fn eq(&self, other: &Self) -> bool {
        (&self.pixels, &self.labels) == (&other.pixels, &other.labels)
    }
}
impl<H: Size, W: Size, Classes: Size> Eq for ImageSet<H, W, Classes> {}
