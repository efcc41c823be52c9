//! Errors of records.

use std::io;
#[cfg(any(feature = "csv", feature = "json"))]
use std::path::Path;

use nnx_core::files::{ReadError, WriteError};

/// Why a record can't be written or read.
///
/// It converts to an [`io::Error`] with the same message, which a [`Recorder`](crate::Recorder) returns.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The file or directory can't be written.
    #[error("{file}: can't be written: {cause}")]
    Write {
        /// Path of the file or directory.
        file: String,
        /// Why.
        cause: WriteError,
    },
    /// The file can't be read.
    #[error("{file}: can't be read: {cause}")]
    Read {
        /// Path of the file.
        file: String,
        /// Why.
        cause: ReadError,
    },
    /// Another recorder, in this process or another one, has the file open.
    #[error("{file}: another run is writing to it; end that run, or name another file")]
    InUse {
        /// Path of the file.
        file: String,
    },
    /// A line isn't one of a record, so the file is left alone.
    #[error(
        "{file}: line {line}: expected {expected}, found `{found}`; it is left alone: name another file, or \
         correct the line"
    )]
    Line {
        /// Path of the file.
        file: String,
        /// The number of the line, from 1.
        line: u64,
        /// The content of a line of this kind of record.
        expected: &'static str,
        /// The beginning of the line.
        found: String,
    },
    /// The step is lower than one before it.
    #[error(
        "{file}: step {step} after step {last}: steps of a record don't go down; to go on from a checkpoint, \
         call `cut_back` with its step first"
    )]
    StepBack {
        /// Path of the file.
        file: String,
        /// The given step.
        step: u64,
        /// The last step in the record.
        last: u64,
    },
    /// A name without characters.
    #[error(
        "{file}: a value of step {step} has an empty name; name each curve, such as `train/loss`"
    )]
    NoName {
        /// Path of the file.
        file: String,
        /// The given step.
        step: u64,
    },
}

impl RecordError {
    /// A line that isn't one of a record.
    #[cfg(any(feature = "csv", feature = "json"))]
    pub(super) fn line(path: &Path, line: u64, expected: &'static str, text: &str) -> Self {
        let found = text.trim_end().chars().take(60).collect();
        Self::Line { file: path.display().to_string(), line, expected, found }
    }
}

impl From<RecordError> for io::Error {
    fn from(error: RecordError) -> Self {
        Self::other(error)
    }
}
