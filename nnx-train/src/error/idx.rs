//! Errors of IDX files and sets of images.

use super::messages::{content, element, list, start};

/// An error of an IDX file, or of a set of images; a variant of [`DataError`](crate::DataError).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// The file doesn't start like an IDX file.
    #[error(
        "{file}: not an IDX file: it {}, expected 00 00 08 0{rank} ({}); \
         check that this is the right file",
        start(found), content(*rank)
    )]
    NotIdx {
        /// Path of the file.
        file: String,
        /// Dimensions of the expected content: 3 for images, 1 for labels.
        rank: u8,
        /// The first bytes of the file, four at most.
        found: Vec<u8>,
    },

    /// The file is an IDX file, but its elements aren't unsigned bytes.
    #[error(
        "{file}: holds {} (IDX type {code:#04x}), expected unsigned bytes (0x08); \
         convert the values to 0..=255",
        element(*code)
    )]
    ElementType {
        /// Path of the file.
        file: String,
        /// The IDX code of the element type that was found.
        code: u8,
    },

    /// Labels where images are expected, the reverse, or values of a different rank.
    #[error(
        "{file}: holds {}, expected {}; check that images and labels aren't swapped",
        content(*found), content(*expected)
    )]
    Rank {
        /// Path of the file.
        file: String,
        /// Dimensions that were expected: 3 for images, 1 for labels.
        expected: u8,
        /// Dimensions that the header states.
        found: u8,
    },

    /// The header has more values than the limit.
    #[error(
        "{file}: the header asks for {dims} values, more than the limit of {limit}; \
         the file is damaged, or has to be split"
    )]
    TooLarge {
        /// Path of the file.
        file: String,
        /// The dimensions in the header.
        dims: String,
        /// The limit: the largest number of values that is read from one file.
        limit: u64,
    },

    /// The file ends before the last value of its header.
    #[error(
        "{file}: cut short: {expected} bytes expected by its header, {found} found (unpacked); \
         fetch or copy the file again"
    )]
    Truncated {
        /// Path of the file.
        file: String,
        /// Bytes that the file should hold, unpacked, header included.
        expected: u64,
        /// Bytes that it contains, unpacked.
        found: u64,
    },

    /// The file has more bytes after the last value of its header.
    #[error(
        "{file}: longer than the {expected} bytes expected by its header (unpacked); \
         header and values don't belong together, fetch or copy the file again"
    )]
    Oversized {
        /// Path of the file.
        file: String,
        /// Bytes that the file should hold, unpacked, header included.
        expected: u64,
    },

    /// The number of pixels isn't a multiple of the pixels of one image.
    #[error(
        "{file}: {found} pixels aren't whole images of {height} x {width}; give height * width bytes for each image"
    )]
    Pixels {
        /// A name for the pixels.
        file: String,
        /// The number of pixels.
        found: usize,
        /// Height of an image.
        height: usize,
        /// Width of an image.
        width: usize,
    },

    /// The images have a different size than the type.
    #[error(
        "{file}: images of {} x {} pixels (height x width), expected {} x {}; \
         resize the images, or load them as an ImageSet<dim!({}), dim!({}), ..>",
        found.0, found.1, expected.0, expected.1, found.0, found.1
    )]
    ImageSize {
        /// Path of the file of images.
        file: String,
        /// Height and width according to the type.
        expected: (usize, usize),
        /// Height and width in the file.
        found: (usize, usize),
    },

    /// There are more images than labels, or the reverse.
    #[error(
        "{images_file}: {images} images, but {labels} labels in {labels_file}; \
         check that both belong to the same set"
    )]
    Count {
        /// Path of the file of images.
        images_file: String,
        /// Number of images.
        images: usize,
        /// Path of the file of labels.
        labels_file: String,
        /// Number of labels.
        labels: usize,
    },

    /// A label is not one of the classes.
    #[error(
        "{file}: label {label} at index {index}, expected less than {classes} (the number of \
         classes); check the file, or load it as an ImageSet<.., dim!({})>",
        usize::from(*label) + 1
    )]
    Label {
        /// Path of the file of labels.
        file: String,
        /// Position of the first such label.
        index: usize,
        /// The label.
        label: u8,
        /// Number of classes according to the type.
        classes: usize,
    },

    /// A directory has no file of the expected name.
    #[error("{directory}: no file {pattern}; the directory holds {}", list(found))]
    NoFile {
        /// Path of the directory.
        directory: String,
        /// The name that was looked for; `*` stands for anything, `[-.]` for a hyphen or a dot,
        /// `[.gz]` may be missing.
        pattern: String,
        /// Names of the files in the directory.
        found: Vec<String>,
    },

    /// A directory has several files that match the expected name.
    #[error(
        "{directory}: several files {pattern}: {}; keep one of them, \
         or name the files with ImageSet::read",
        list(found)
    )]
    Ambiguous {
        /// Path of the directory.
        directory: String,
        /// The name that was looked for; `*` stands for anything, `[-.]` for a hyphen or a dot,
        /// `[.gz]` may be missing.
        pattern: String,
        /// Names of the files that fit.
        found: Vec<String>,
    },

    /// The number of bytes isn't that of one image.
    #[error(
        "{found} bytes for an image of {height} x {width} with {channels} channels, expected {}; \
         give a byte for each channel of each pixel",
        height * width * channels
    )]
    Bytes {
        /// The number of bytes.
        found: usize,
        /// Height of the image.
        height: usize,
        /// Width of the image.
        width: usize,
        /// Channels of a pixel.
        channels: usize,
    },

    /// A mean or standard deviation that would give infinite or undefined pixels.
    #[error(
        "normalisation by mean {mean} and standard deviation {deviation}; the mean has to be \
         finite and the deviation finite and above 0 (it is 0 where all pixels are alike)"
    )]
    Normalize {
        /// The mean, of pixels in 0..=1.
        mean: f32,
        /// The standard deviation, of pixels in 0..=1.
        deviation: f32,
    },
}
