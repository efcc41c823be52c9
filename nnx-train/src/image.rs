//! Images of bytes: height, width and channels are part of the type.
//!
//! | file | contents |
//! |---|---|
//! | `image` | the type, batches of it |
//! | `augment` | random changes for training |
//! | `geometry` | flips, shifts and rotations of a buffer of pixels |
//! | `folder`, `fit` | folders of PNG and JPEG files, resized or cropped (feature `images`) |

mod augment;
#[cfg(feature = "images")]
mod fit;
#[cfg(feature = "images")]
mod folder;
mod geometry;

use std::fmt;
use std::marker::PhantomData;

#[cfg(feature = "images")]
pub use fit::Fit;
#[cfg(feature = "images")]
pub use folder::{Channels, ImageFolder};
use nnx_core::size::{Batch, Size, U1};
use nnx_core::tensor::Tensor;

use crate::{Collate, DataError, Digest, IdxError};

/// An image of H × W pixels with C channels, each a byte: 1 channel for grey, 3 for red, green and blue. Rows come one
/// after another, and the channels of a pixel together, as in a tensor `(H, W, C)`.
///
/// Batches are `Tensor![Batch, H, W, C]` with values from 0 to 1 (x / 255, as torchvision's `ToTensor`); normalise
/// before by [`Normalize::apply`](crate::Normalize::apply).
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, U2}};
/// use nnx_train::{Collate, Image};
///
/// let image = Image::<U2, U2>::new(vec![0, 51, 102, 255])?;
/// let batch: Tensor![Batch, 2, 2, 1] = Image::collate(vec![image])?;
/// assert_eq!(batch.to_vec(), [0.0, 0.2, 0.4, 1.0]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
pub struct Image<H, W, C = U1> {
    pixels: Vec<u8>,
    sizes: PhantomData<(H, W, C)>,
}

impl<H: Size, W: Size, C: Size> Image<H, W, C> {
    /// The number of bytes.
    pub(crate) const BYTES: usize = H::USIZE * W::USIZE * C::USIZE;

    /// An image of these bytes, `(H, W, C)`.
    ///
    /// # Errors
    /// A different number of bytes.
    pub fn new(pixels: Vec<u8>) -> Result<Self, DataError> {
        if pixels.len() != Self::BYTES {
            return Err(IdxError::Bytes {
                found: pixels.len(),
                height: H::USIZE,
                width: W::USIZE,
                channels: C::USIZE,
            }
            .into());
        }
        Ok(Self::trusted(pixels))
    }

    /// An image of bytes whose number was checked.
    pub(crate) fn trusted(pixels: Vec<u8>) -> Self {
        Self { pixels, sizes: PhantomData }
    }

    /// The bytes, `(H, W, C)`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The bytes, `(H, W, C)`, without a copy.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}

impl<H: Size, W: Size, C: Size> Collate for Image<H, W, C> {
    type Batch = Tensor<(Batch, H, W, C)>;

    fn collate(items: Vec<Self>) -> Result<Self::Batch, DataError> {
        let batch = items.len();
        let sizes = [batch, H::USIZE, W::USIZE, C::USIZE];
        let pixels = scaled(items.iter().map(|image| &image.pixels[..]), batch * Self::BYTES);
        Ok(Tensor::from_shape_vec(&sizes, pixels).expect("images of one size"))
    }

    fn digest(&self, digest: &mut Digest) {
        digest.bytes(&self.pixels);
    }
}

/// The bytes of all images, from 0 to 1.
fn scaled<'a>(images: impl Iterator<Item = &'a [u8]>, count: usize) -> Vec<f32> {
    let table: [f32; 256] = std::array::from_fn(|byte| byte as f32 / 255.0);
    let mut pixels = Vec::with_capacity(count);
    for image in images {
        pixels.extend(image.iter().map(|&byte| table[usize::from(byte)]));
    }
    pixels
}

impl<H, W, C> Clone for Image<H, W, C> {
    fn clone(&self) -> Self {
        Self { pixels: self.pixels.clone(), sizes: PhantomData }
    }
}

/// Prints the sizes, not the pixels.
impl<H: Size, W: Size, C: Size> fmt::Debug for Image<H, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image<{}, {}, {}>", H::USIZE, W::USIZE, C::USIZE)
    }
}

impl<H, W, C> PartialEq for Image<H, W, C> {
    fn eq(&self, other: &Self) -> bool {
        self.pixels == other.pixels
    }
}
impl<H, W, C> Eq for Image<H, W, C> {}
