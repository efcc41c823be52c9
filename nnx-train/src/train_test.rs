//! A training and a test set that belong together.

use std::path::Path;

use nnx_core::size::{Size, U10, U28};

use crate::directory::Directory;
use crate::{DataError, ImageSet};

/// A training and a test set of images of H × W pixels in `Classes` classes.
#[derive(Clone, Debug)]
pub struct TrainTest<H: Size, W: Size, Classes: Size> {
    /// The training set.
    pub train: ImageSet<H, W, Classes>,
    /// The test set, which no option shortens.
    pub test: ImageSet<H, W, Classes>,
}

/// 28 × 28 pixels in ten classes: MNIST, Fashion-MNIST and Kuzushiji-MNIST.
pub type Mnist = TrainTest<U28, U28, U10>;

impl<H: Size, W: Size, Classes: Size> TrainTest<H, W, Classes> {
    /// Finds and reads the four IDX files of a directory, each gzipped or not.
    ///
    /// | set | images | labels |
    /// |---|---|---|
    /// | train | `train*-images[-.]idx3-ubyte[.gz]` | `train*-labels[-.]idx1-ubyte[.gz]` |
    /// | test | `t10k*-images[-.]idx3-ubyte[.gz]` | `t10k*-labels[-.]idx1-ubyte[.gz]` |
    ///
    /// `*` is the same text for images and labels: `train24k-images-idx3-ubyte.gz` goes with
    /// `train24k-labels-idx1-ubyte`. `[-.]` is a hyphen or a dot: some archives unpack to
    /// `train-images.idx3-ubyte`. Debian's package
    /// `dataset-fashion-mnist` puts such a directory in `/usr/share/datasets/fashion-mnist`.
    ///
    /// ```
    /// use nnx_train::{Dataset, Mnist};
    ///
    /// # let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist");
    /// let data = Mnist::from_directory(directory)?;
    /// assert_eq!(data.train.len(), 24_000);
    /// assert_eq!(data.test.len(), 10_000);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// None or several files of a name, or as [`ImageSet::read`].
    pub fn from_directory(directory: impl AsRef<Path>) -> Result<Self, DataError> {
        let directory = Directory::list(directory.as_ref())?;
        let (train_images, train_labels) = directory.images_and_labels("train")?;
        let (test_images, test_labels) = directory.images_and_labels("t10k")?;
        Ok(Self {
            train: ImageSet::read(train_images, train_labels)?,
            test: ImageSet::read(test_images, test_labels)?,
        })
    }

    /// Reads the bytes of four IDX files, each gzipped or not: with `include_bytes!` a program
    /// carries its data with it.
    ///
    /// ```
    /// use nnx_core::size::{U1, U2, U10};
    /// use nnx_train::TrainTest;
    ///
    /// let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9];
    /// let labels = [0, 0, 8, 1, 0, 0, 0, 1, 1];
    /// let data = TrainTest::<U1, U2, U10>::from_bytes(&images, &labels, &images, &labels)?;
    /// assert_eq!(data.train, data.test);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`ImageSet::from_bytes`]; messages speak of the training and test images and labels.
    pub fn from_bytes(
        train_images: &[u8],
        train_labels: &[u8],
        test_images: &[u8],
        test_labels: &[u8],
    ) -> Result<Self, DataError> {
        Ok(Self {
            train: ImageSet::from_bytes("training", train_images, train_labels)?,
            test: ImageSet::from_bytes("test", test_images, test_labels)?,
        })
    }
}

impl<H: Size, W: Size, Classes: Size> PartialEq for TrainTest<H, W, Classes> {
    fn eq(&self, other: &Self) -> bool {
        (&self.train, &self.test) == (&other.train, &other.test)
    }
}
impl<H: Size, W: Size, Classes: Size> Eq for TrainTest<H, W, Classes> {}
