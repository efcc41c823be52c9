//! Bytes to parse: from a file or from memory, gzipped or not.

use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use nnx_core::files::{self, ReadError};

use crate::DataError;
use crate::gzip::Members;

/// The most bytes that are read from one file, 1 GiB: about a thousand books. The limit protects from decompression
/// bombs.
pub(crate) const LIMIT: u64 = 1 << 30;

const BYTE_ORDER_MARK: char = '\u{feff}';

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A stream of unpacked bytes with the name that errors call it by.
pub(crate) struct NamedReader<'a> {
    pub(crate) name: String,
    unpacked: Box<dyn Read + 'a>,
}

impl<'a> NamedReader<'a> {
    /// Opens a regular file.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let name = path.display().to_string();
        match files::open(path) {
            Ok(file) => Self::new(name, file),
            Err(cause) => Err(DataError::Read { file: name, cause }),
        }
    }

    /// The first two bytes decide whether to unpack, and not the name of the file, which may be wrong.
    pub(crate) fn new(name: String, mut packed: impl Read + 'a) -> Result<Self, DataError> {
        let mut magic = Vec::new();
        if let Err(error) = packed.by_ref().take(2).read_to_end(&mut magic) {
            return Err(DataError::Read { file: name, cause: ReadError::Io(error) });
        }
        let gzipped = magic == GZIP_MAGIC;
        let whole = Cursor::new(magic).chain(packed);
        let unpacked: Box<dyn Read + 'a> = if gzipped {
            let whole: Box<dyn BufRead + 'a> = Box::new(BufReader::new(whole));
            Box::new(Members::new(whole))
        } else {
            Box::new(whole)
        };
        Ok(Self { name, unpacked })
    }

    /// The stream as it is, without decompression.
    #[cfg(any(feature = "images", feature = "wav"))]
    pub(crate) fn plain(name: String, bytes: impl Read + 'a) -> Self {
        Self { name, unpacked: Box::new(bytes) }
    }

    /// The next bytes: `limit` of them, or fewer at the end.
    ///
    /// The memory depends on the bytes that the file really has, and not on the sizes in its header.
    pub(crate) fn take(&mut self, limit: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        match self.unpacked.by_ref().take(limit).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(cause) => Err(self.error(cause)),
        }
    }

    /// All bytes, if they aren't more than the limit, and the name.
    pub(crate) fn bytes(mut self, limit: u64) -> Result<(String, Vec<u8>), DataError> {
        // Reads one byte more than the limit, to notice a file that is too long.
        let bytes = self.take(limit + 1)?;
        let file = self.name;
        if bytes.len() as u64 > limit {
            return Err(DataError::TooLong { file, limit });
        }
        Ok((file, bytes))
    }

    /// All text, at most 1 GiB, without the byte order mark that Windows programs write in front of it, and the name.
    pub(crate) fn text(self) -> Result<(String, String), DataError> {
        let (file, bytes) = self.bytes(LIMIT)?;
        match String::from_utf8(bytes) {
            Ok(mut text) => {
                if text.starts_with(BYTE_ORDER_MARK) {
                    text.drain(..BYTE_ORDER_MARK.len_utf8());
                }
                Ok((file, text))
            }
            Err(error) => {
                Err(DataError::NotUtf8 { file, position: error.utf8_error().valid_up_to() })
            }
        }
    }

    fn error(&self, cause: io::Error) -> DataError {
        let file = self.name.clone();
        match cause.kind() {
            // The kinds of errors by which the decompressor reports bad data. All other kinds come from the system.
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                DataError::Gzip { file, cause }
            }
            _ => DataError::Read { file, cause: ReadError::Io(cause) },
        }
    }
}
