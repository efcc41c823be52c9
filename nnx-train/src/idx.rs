//! The IDX format: two zero bytes, a type code, the rank, the dimensions as big-endian u32, and the
//! values in row-major order.

use std::path::Path;

use crate::reader::NamedReader;
use crate::{DataError, IdxError};

/// The type code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// The type codes of other elements, for errors: such files aren't read.
const OTHER_ELEMENTS: [u8; 5] = [0x09, 0x0b, 0x0c, 0x0d, 0x0e];

/// The most values that are read from one file, 1 GiB: twenty times MNIST, and no bomb.
const LIMIT: u64 = 1 << 30;

/// Grey images of one size, as stored in an IDX file of rank 3 (`*-images-idx3-ubyte`).
///
/// ```
/// use nnx_train::IdxImages;
///
/// let bytes = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9]; // one image of 1 x 2
/// let images = IdxImages::from_bytes("two pixels", &bytes)?;
/// assert_eq!((images.count, images.height, images.width), (1, 1, 2));
/// assert_eq!(images.pixels, [7, 9]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxImages {
    /// Number of images, B.
    pub count: usize,
    /// Rows of an image, H.
    pub height: usize,
    /// Columns of an image, W.
    pub width: usize,
    /// Brightness, 0 to 255, in the order (B, H, W): `count * height * width` values.
    pub pixels: Vec<u8>,
}

impl IdxImages {
    /// Reads a file, gzipped or not (its first bytes decide, not its name).
    ///
    /// # Errors
    /// A file that can't be read, is damaged, holds something else than images of unsigned bytes,
    /// or holds more or fewer values than its header says.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::parse(NamedReader::open(path.as_ref())?)
    }

    /// Reads bytes, gzipped or not; errors call them `name`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, DataError> {
        Self::parse(NamedReader::new(name.into(), bytes)?)
    }

    fn parse(reader: NamedReader<'_>) -> Result<Self, DataError> {
        let ([count, height, width], pixels) = parse(reader)?;
        Ok(Self { count, height, width, pixels })
    }
}

/// One label for each image, as stored in an IDX file of rank 1 (`*-labels-idx1-ubyte`).
///
/// ```
/// use nnx_train::IdxLabels;
///
/// let bytes = [0, 0, 8, 1, 0, 0, 0, 2, 3, 1];
/// assert_eq!(IdxLabels::from_bytes("two labels", &bytes)?.labels, [3, 1]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxLabels {
    /// The class of each image, in the order of the images.
    pub labels: Vec<u8>,
}

impl IdxLabels {
    /// Reads a file, gzipped or not (its first bytes decide, not its name).
    ///
    /// # Errors
    /// As [`IdxImages::read`], with labels expected.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::parse(NamedReader::open(path.as_ref())?)
    }

    /// Reads bytes, gzipped or not; errors call them `name`.
    ///
    /// # Errors
    /// As [`IdxImages::read`], with labels expected.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, DataError> {
        Self::parse(NamedReader::new(name.into(), bytes)?)
    }

    fn parse(reader: NamedReader<'_>) -> Result<Self, DataError> {
        let ([_count], labels) = parse(reader)?;
        Ok(Self { labels })
    }
}

/// The dimensions and values of a file of unsigned bytes of the given rank.
fn parse<const RANK: usize>(
    mut reader: NamedReader<'_>,
) -> Result<([usize; RANK], Vec<u8>), DataError> {
    check_magic(&reader.take(4)?, RANK as u8, &reader.name)?;

    let header = 4 + 4 * RANK as u64;
    let sizes = reader.take(header - 4)?;
    let Some(sizes) = sizes.as_chunks::<4>().0.first_chunk::<RANK>() else {
        let found = 4 + sizes.len() as u64;
        return Err(IdxError::Truncated { file: reader.name, expected: header, found }.into());
    };
    let dims = sizes.map(|size| u32::from_be_bytes(size) as usize);
    let count = count(&dims, &reader.name)?;

    // Reads one byte more than the header says, to notice a file that is too long.
    let values = reader.take(count + 1)?;
    let (file, found) = (reader.name, values.len() as u64);
    if found < count {
        let (expected, found) = (header + count, header + found);
        return Err(IdxError::Truncated { file, expected, found }.into());
    }
    if found > count {
        return Err(IdxError::Oversized { file, expected: header + count }.into());
    }
    Ok((dims, values))
}

fn check_magic(magic: &[u8], rank: u8, name: &str) -> Result<(), DataError> {
    let file = name.to_owned();
    match *magic {
        [0, 0, UNSIGNED_BYTE, found] if found == rank => Ok(()),
        [0, 0, UNSIGNED_BYTE, found] => Err(IdxError::Rank { file, expected: rank, found }.into()),
        [0, 0, code, _] if OTHER_ELEMENTS.contains(&code) => {
            Err(IdxError::ElementType { file, code }.into())
        }
        _ => Err(IdxError::NotIdx { file, rank, found: magic.to_vec() }.into()),
    }
}

/// The number of values, if it is within the limit.
fn count(dims: &[usize], name: &str) -> Result<u64, DataError> {
    let product = dims.iter().try_fold(1, |count: u64, &dim| count.checked_mul(dim as u64));
    product.filter(|&count| count <= LIMIT).ok_or_else(|| {
        let dims: Vec<_> = dims.iter().map(usize::to_string).collect();
        let file = name.to_owned();
        IdxError::TooLarge { file, dims: dims.join(" x "), limit: LIMIT }.into()
    })
}
