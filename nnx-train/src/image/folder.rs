//! Folders of PNG and JPEG files, one folder for each class.

use std::io::Cursor;
use std::marker::PhantomData;
use std::panic::catch_unwind;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use nnx_core::size::{Size, U1, U3};

use super::{Fit, Image};
use crate::class_folder::{ClassFolder, bytes};
use crate::{DataError, Dataset, Label, Malformed};

/// The most bytes of one file, 256 MiB.
const FILE: u64 = 256 << 20;
/// The most pixels along a side, and bytes of a decoded picture: a small file may decode to a huge one.
const SIDE: u32 = 1 << 15;
const DECODED: u64 = 1 << 30;
/// The most bytes of a decoded picture per byte of its file. Neither deflate nor JPEG compresses more, so a header that
/// claims more is wrong.
const PACKED: u64 = 4096;

/// The channels that pictures are read with: 1 for grey, 3 for red, green and blue.
#[diagnostic::on_unimplemented(
    message = "pictures are read with 1 channel (grey) or 3 (RGB), not with `{Self}`",
    label = "expected `U1` or `U3`"
)]
pub trait Channels: Size {
    /// The bytes of a picture with these channels. An alpha channel is dropped.
    #[doc(hidden)]
    fn bytes(picture: DynamicImage) -> Vec<u8>;
}

impl Channels for U1 {
    fn bytes(picture: DynamicImage) -> Vec<u8> {
        picture.into_luma8().into_raw()
    }
}

impl Channels for U3 {
    fn bytes(picture: DynamicImage) -> Vec<u8> {
        picture.into_rgb8().into_raw()
    }
}

/// PNG and JPEG files in a folder for each class (torchvision's `ImageFolder`): `cats/1.png`, `dogs/2.jpg`. The classes
/// are the names of the folders, sorted. A file is decoded when it is asked for; [`Dataset::cache`] keeps images in
/// memory.
///
/// Pictures are turned as their EXIF data says, and converted to C channels: grey (U1) or RGB (U3).
///
/// ```
/// use nnx_core::size::{U2, U3, U4};
/// use nnx_train::{Dataset, Fit, ImageFolder};
///
/// # let folder = tempfile::tempdir()?;
/// # for class in ["cats", "dogs"] {
/// #     std::fs::create_dir(folder.path().join(class))?;
/// #     image::RgbImage::new(8, 6).save(folder.path().join(class).join("1.png"))?;
/// # }
/// # let path = folder.path();
/// let pets = ImageFolder::<U4, U4, U3, U2>::new(path, Fit::Crop)?;
/// assert_eq!(pets.classes(), ["cats", "dogs"]);
/// let (image, label) = pets.get(1)?;
/// assert_eq!((image.pixels().len(), label.index()), (4 * 4 * 3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder<H, W, C, Classes> {
    files: ClassFolder,
    fit: Fit,
    sizes: PhantomData<(H, W, C, Classes)>,
}

impl<H: Size, W: Size, C: Channels, Classes: Size> ImageFolder<H, W, C, Classes> {
    /// The files of a folder. Only files with the extensions `png`, `jpg` and `jpeg` are read.
    ///
    /// # Errors
    /// A folder that can't be read, a different number of folders than `Classes`, or one of them without such a file.
    pub fn new(folder: impl AsRef<Path>, fit: Fit) -> Result<Self, DataError> {
        let files = ClassFolder::scan::<Classes>(
            folder.as_ref(),
            &["png", "jpg", "jpeg"],
            "PNG or JPEG file",
        )?;
        Ok(Self { files, fit, sizes: PhantomData })
    }

    /// The names of the classes, in the order of their labels.
    pub fn classes(&self) -> &[String] {
        self.files.classes()
    }

    /// The path of the file at an index.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn path(&self, index: usize) -> Result<&Path, DataError> {
        self.files.file::<Classes>(index).map(|(path, _)| path)
    }
}

impl<H: Size, W: Size, C: Channels> Image<H, W, C> {
    /// Reads a PNG or JPEG file.
    ///
    /// # Errors
    /// A file that can't be read, is no PNG or JPEG file, is damaged, or has a different size under [`Fit::Exact`].
    pub fn read(path: impl AsRef<Path>, fit: Fit) -> Result<Self, DataError> {
        let path = path.as_ref();
        Self::decode(&path.display().to_string(), &bytes(path, FILE)?, fit)
    }

    /// [`read`](Self::read) from the bytes of a file, which errors name `name`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn decode(name: &str, bytes: &[u8], fit: Fit) -> Result<Self, DataError> {
        // The decoder may panic on a damaged file.
        let picture =
            catch_unwind(|| decode(bytes)).unwrap_or_else(|_| Err("damaged data".to_owned()));
        let picture = picture.map_err(|error| {
            let fix = "fetch or copy the file again, or leave it out";
            // Messages of the JPEG decoder end a line.
            Malformed::new(name, "a PNG or JPEG picture", error.trim_end()).fix(fix)
        })?;
        let (height, width) = (picture.height(), picture.width());
        let fitted = fit.apply(picture, H::USIZE, W::USIZE).ok_or_else(|| {
            let expected = format!("{} x {} pixels (height x width)", H::USIZE, W::USIZE);
            let fix = "resize it by Fit::Stretch, Fit::Crop or Fit::Pad";
            Malformed::new(name, expected, format!("{height} x {width}")).fix(fix)
        })?;
        Self::new(C::bytes(fitted))
    }
}

/// The picture, turned as its EXIF data says.
fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    if reader.format().is_none() {
        return Err("bytes of another format".to_owned());
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE), Some(SIDE));
    limits.max_alloc = Some(DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (decoded, length) = (decoder.total_bytes(), bytes.len() as u64);
    if decoded > PACKED.saturating_mul(length) {
        let (width, height) = decoder.dimensions();
        return Err(format!("a header of {width} x {height} pixels before {length} bytes"));
    }
    let orientation = decoder.orientation().map_err(|error| error.to_string())?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

impl<H: Size, W: Size, C: Channels, Classes: Size> Dataset for ImageFolder<H, W, C, Classes> {
    type Item = (Image<H, W, C>, Label<Classes>);

    fn len(&self) -> usize {
        self.files.len()
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        let (path, label) = self.files.file(index)?;
        Ok((Image::read(path, self.fit)?, label))
    }
}
