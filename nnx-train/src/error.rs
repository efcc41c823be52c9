//! Everything that can be wrong with data: one variant and one message each, in groups.
//!
//! | file | errors of |
//! |---|---|
//! | `error` | files, items, and the groups |
//! | `idx` | IDX files and sets of images |
//! | `text` | texts and tokens |
//! | `loading` | parts of a set, batches, positions |
//! | `malformed` | one value in a file: row, column, what was expected, what was found |
//! | `training` | why training stopped |
//! | `messages` | phrases |

mod idx;
mod loading;
mod malformed;
mod messages;
mod text;
mod training;

use std::error::Error;
use std::io;

pub use idx::IdxError;
pub use loading::LoadingError;
pub use malformed::Malformed;
use nnx_core::files::ReadError;
pub use text::TextError;
pub use training::TrainError;

/// An error of data: what is wrong, and what to do about it.
///
/// If data was embedded or built in memory, `file` has a name for it instead of a path.
///
/// ```
/// use nnx_train::IdxLabels;
///
/// let error = IdxLabels::from_bytes("digits", b"\x89PNG and so on").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "digits: not an IDX file: it starts with 89 50 4e 47, expected 00 00 08 01 (labels); \
///      check that this is the right file",
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file or directory can't be opened or read.
    #[error("{file}: can't be read: {cause}")]
    Read {
        /// Path of the file or directory.
        file: String,
        /// Why.
        cause: ReadError,
    },

    /// The file is gzipped, and its packed data is damaged or cut short.
    #[error("{file}: the gzip data is damaged: {cause}; fetch or copy the file again")]
    Gzip {
        /// Path of the file.
        file: String,
        /// The error of the unpacker.
        cause: io::Error,
    },

    /// The file has more bytes than the limit.
    #[error("{file}: longer than the limit of {limit} bytes (unpacked); split the file")]
    TooLong {
        /// Path of the file.
        file: String,
        /// The limit in bytes.
        limit: u64,
    },

    /// The file isn't text in UTF-8.
    #[error(
        "{file}: not UTF-8 text: byte {position} (unpacked) starts no character; check that this is the \
         right file, or convert it to UTF-8"
    )]
    NotUtf8 {
        /// Path of the file.
        file: String,
        /// The offset of the first byte that isn't part of a character.
        position: usize,
    },

    /// The file or directory has no item.
    #[error("{file}: holds no {items}; nothing can be learned or measured from an empty set")]
    Empty {
        /// Path of the file or directory.
        file: String,
        /// What was expected, such as `rows`.
        items: &'static str,
    },

    /// One value of a file isn't what was expected.
    #[error(transparent)]
    Malformed(#[from] Box<Malformed>),

    /// A function of the program refused an item.
    #[error("item {index}: {cause}")]
    Item {
        /// The index of the item in the data set, before it was split.
        index: usize,
        /// The error of the function.
        cause: Box<dyn Error + Send + Sync>,
    },

    /// An IDX file or a set of images.
    #[error(transparent)]
    Idx(#[from] IdxError),

    /// A text or its tokens.
    #[error(transparent)]
    Text(#[from] TextError),

    /// Parts of a set, batches, positions.
    #[error(transparent)]
    Loading(#[from] LoadingError),
}

impl DataError {
    /// Adds the column to the error of a single value, such as that of a name that isn't in
    /// [`Categories`](crate::Categories). Other errors are returned unchanged.
    ///
    /// ```
    /// use nnx_core::{module::Init, random::Rngs, size::U3};
    /// use nnx_train::Categories;
    ///
    /// let mut colors = Categories::<U3>::init(&mut Rngs::new(0));
    /// colors.fit(["red", "blue"])?;
    /// let error = colors.label("green").map_err(|error| error.in_column("color")).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "categories: column `color`: expected one of blue, red, found `green`",
    /// );
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    #[must_use]
    pub fn in_column(self, name: &str) -> Self {
        match self {
            Self::Malformed(malformed) => malformed.column(name).into(),
            other => other,
        }
    }
}
