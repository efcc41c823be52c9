//! Pictures of the inputs or outputs of a model.

use std::path::Path;

use nnx_core::files::{self, WriteError};
use nnx_core::size::{Dim, Size, U1, U3};
use nnx_core::tensor::Tensor;

use crate::{Image, png};

/// Pixels between two images, and around all.
const GAP: usize = 2;
/// The brightness of the gaps.
const GREY: u8 = 128;

/// Why a picture can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The grid has no columns.
    #[error("{file}: a grid has at least one column, found 0")]
    NoColumns {
        /// Path of the picture.
        file: String,
    },
    /// There is no image.
    #[error("{file}: no image to draw; a grid holds at least one")]
    NoImages {
        /// Path of the picture.
        file: String,
    },
    /// A pixel is NaN or infinite.
    #[error(
        "{file}: pixel {pixel} of image {image} is {value}; pixels are from 0 (black) to 1 (white)"
    )]
    Pixel {
        /// Path of the picture.
        file: String,
        /// The index of the image, from 0.
        image: usize,
        /// The index of the pixel in the image, row by row, from 0.
        pixel: usize,
        /// Its value.
        value: f32,
    },
    /// The file can't be written.
    #[error("{file}: can't be written: {cause}")]
    Write {
        /// Path of the picture.
        file: String,
        /// Why.
        cause: WriteError,
    },
}

/// Saves grey images `(B, H, W)` as a PNG: a grid with `columns` columns, row by row. 0 is black and 1 is white.
/// Pixels below 0 or above 1 are clamped.
///
/// ```
/// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("grid.png");
/// let images: Tensor![Batch, 28, 28] = Tensor::from_vec(vec![0.5; 20 * 28 * 28])?;
/// nnx_train::save_grid(&file, &images, 10)?; // two rows of ten
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// No image, no column, a pixel that isn't finite, or a file that can't be written; [`files::write`] says
/// when. After an error, an earlier file is unchanged.
pub fn save_grid<B: Dim, H: Size, W: Size>(
    file: impl AsRef<Path>,
    images: &Tensor<(B, H, W)>,
    columns: usize,
) -> Result<(), PictureError> {
    let (h, w) = (H::USIZE, W::USIZE);
    let path = file.as_ref();
    let file = path.display().to_string();
    let pixels = images.to_vec();
    if columns == 0 {
        return Err(PictureError::NoColumns { file });
    }
    if pixels.is_empty() {
        return Err(PictureError::NoImages { file });
    }
    if let Some(at) = pixels.iter().position(|pixel| !pixel.is_finite()) {
        let (image, pixel) = (at / (h * w), at % (h * w));
        return Err(PictureError::Pixel { file, image, pixel, value: pixels[at] });
    }
    let count = pixels.len() / (h * w);
    let columns = columns.min(count);
    let (width, height) = (GAP + columns * (w + GAP), GAP + count.div_ceil(columns) * (h + GAP));
    let mut canvas = vec![GREY; width * height];
    for (i, image) in pixels.chunks_exact(h * w).enumerate() {
        let (top, left) = (GAP + i / columns * (h + GAP), GAP + i % columns * (w + GAP));
        for (y, row) in image.chunks_exact(w).enumerate() {
            let line = &mut canvas[(top + y) * width + left..][..w];
            for (byte, pixel) in line.iter_mut().zip(row) {
                *byte = (pixel.clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        }
    }
    write(path, width, height, &canvas, false)
}

impl<H: Size, W: Size> Image<H, W, U1> {
    /// Saves the grey image as a PNG.
    ///
    /// # Errors
    /// A file that can't be written; [`files::write`] says when. After an error, an earlier file is unchanged.
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), PictureError> {
        write(file.as_ref(), W::USIZE, H::USIZE, self.pixels(), false)
    }
}

impl<H: Size, W: Size> Image<H, W, U3> {
    /// Saves the RGB image as a PNG, such as an augmented one, to look at it.
    ///
    /// ```
    /// use nnx_core::size::{U1, U2, U3};
    /// use nnx_train::Image;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("flag.png");
    /// let red_and_white = Image::<U1, U2, U3>::new(vec![255, 0, 0, 255, 255, 255])?;
    /// red_and_white.save(&file)?;
    /// # assert!(std::fs::read(&file)?.starts_with(b"\x89PNG"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A file that can't be written; [`files::write`] says when. After an error, an earlier file is unchanged.
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), PictureError> {
        write(file.as_ref(), W::USIZE, H::USIZE, self.pixels(), true)
    }
}

fn write(
    path: &Path,
    width: usize,
    height: usize,
    pixels: &[u8],
    rgb: bool,
) -> Result<(), PictureError> {
    let file = path.display().to_string();
    png::encode(width, height, pixels, rgb)
        .map_err(WriteError::from)
        .and_then(|bytes| files::write(path, &bytes))
        .map_err(|cause| PictureError::Write { file, cause })
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use nnx_core::Tensor;
    use nnx_core::size::{Batch, U2, U3};

    use super::*;

    type Images = Tensor<(Batch, U2, U3)>;

    fn three() -> Images {
        let pixels = [[0.0; 6], [1.0; 6], [-1.0, 0.2, 0.4, 0.6, 0.8, 7.0]];
        Tensor::from_vec(pixels.as_flattened().to_vec()).expect("three images")
    }

    #[test]
    fn images_are_drawn_row_by_row_with_gaps() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("grid.png");
        save_grid(&file, &three(), 2).expect("a picture");
        let read = fs::File::open(&file).expect("the file");
        let mut reader = ::png::Decoder::new(io::BufReader::new(read)).read_info().expect("a PNG");
        let mut found = vec![0; reader.output_buffer_size().expect("a small picture")];
        let info = reader.next_frame(&mut found).expect("pixels");
        // Two columns of 3 pixels, two rows of 2, gaps of 2.
        assert_eq!((info.width, info.height), (12, 10));
        let rows: Vec<&[u8]> = found.chunks(12).collect();
        let g = GREY;
        assert_eq!(rows[0], [g; 12]);
        assert_eq!(rows[2], [g, g, 0, 0, 0, g, g, 255, 255, 255, g, g]);
        assert_eq!(rows[6], [g, g, 0, 51, 102, g, g, g, g, g, g, g]);
        assert_eq!(rows[7], [g, g, 153, 204, 255, g, g, g, g, g, g, g]);
        assert_eq!(rows[9], [g; 12]);
    }

    #[test]
    fn an_invalid_picture_is_an_error_and_touches_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("grid.png");
        let name = file.display().to_string();
        let refused = |images: &Images, columns| {
            let error = save_grid(&file, images, columns).expect_err("nothing to draw").to_string();
            error.strip_prefix(&name).expect("the file's name").to_owned()
        };
        assert_eq!(refused(&three(), 0), ": a grid has at least one column, found 0");
        let none: Images = Tensor::from_vec(Vec::new()).expect("no image");
        assert_eq!(refused(&none, 2), ": no image to draw; a grid holds at least one");
        let mut broken = three().to_vec();
        broken[10] = f32::NAN;
        let broken: Tensor![Batch, 2, 3] = Tensor::from_vec(broken).expect("three images");
        assert_eq!(
            refused(&broken, 2),
            ": pixel 4 of image 1 is NaN; pixels are from 0 (black) to 1 (white)"
        );
        assert!(!file.exists());
    }

    #[test]
    fn a_file_that_can_t_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("missing").join("grid.png");
        let error = save_grid(&file, &three(), 2).expect_err("no such directory").to_string();
        assert!(error.starts_with(&format!("{}: can't be written: ", file.display())), "{error}");
        assert!(
            error.ends_with("; nothing is changed: check the directory and its permissions"),
            "{error}"
        );
    }

    #[test]
    fn a_picture_replaces_an_older_one_as_a_whole_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("grid.png");
        fs::write(&file, "an older picture").expect("a file");
        // A program that has the older file open still reads the older one.
        let mut older = fs::File::open(&file).expect("the older picture");
        save_grid(&file, &three(), 2).expect("a picture");
        assert_eq!(io::read_to_string(&mut older).expect("a text"), "an older picture");
        assert!(fs::read(&file).expect("the picture").starts_with(b"\x89PNG"));
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);

        let error = save_grid(folder.path(), &three(), 2).expect_err("a directory").to_string();
        let expected = format!(
            "{}: can't be written: it is a directory, not a regular file; it is left alone: name a \
             regular file",
            folder.path().display()
        );
        assert_eq!(error, expected);
    }
}
