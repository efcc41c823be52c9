//! Why a file can't be opened or written, and what to do. The caller's error adds the file's name.

use std::io::{self, ErrorKind};

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The path is that of a directory, a device, a FIFO or a socket.
    #[error("it is {found}, not a regular file; name a regular file")]
    NotAFile {
        /// The kind of file, such as "a FIFO".
        found: &'static str,
    },
    /// The operating system can't open or read it.
    #[error("{0}; check the path and its permissions")]
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Why a file can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The path is that of a directory, a device, a FIFO or a socket.
    #[error("it is {found}, not a regular file; it is left alone: name a regular file")]
    NotAFile {
        /// The kind of file, such as "a FIFO".
        found: &'static str,
    },
    /// The file has no write permission for anybody, or has the read-only attribute.
    #[error("it is read-only; nothing is changed: make it writable, or name another file")]
    ReadOnly,
    /// Symbolic links form a loop, or there are more than the operating system follows (`ELOOP`).
    #[error("its symbolic links don't end; nothing is changed: remove them, or name another file")]
    LinkLoop,
    /// A symbolic link whose target can't be found from its text, such as some in `/proc`.
    #[error("its symbolic link can't be followed; nothing is changed: name the file itself")]
    LinkUnclear,
    /// A symbolic link that another user made in a directory such as `/tmp`.
    #[error(
        "it is another user's symbolic link in a directory that everybody may write to; nothing is \
         changed: name the file itself"
    )]
    LinkOfOther,
    /// The path is empty, or ends in `/` or `..`.
    #[error("the path has no file name; nothing is changed: add one")]
    NoName,
    /// A component of the path that should be a directory is a file.
    #[error("its directory is a file; nothing is changed: name a directory")]
    DirectoryIsFile,
    /// The disk is full, or the quota or the maximum file size is exceeded.
    #[error("{0}; nothing is changed: free some space, or name a file on another disk")]
    Full(io::Error),
    /// The operating system can't write it for another reason.
    #[error("{0}; nothing is changed: check the directory and its permissions")]
    Io(io::Error),
    /// The file is written and renamed, but its directory can't be synced: the new name may be lost in a power cut.
    #[error("the new file is there, but its directory can't be synced: {0}; check the disk")]
    NotSynced(io::Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotADirectory => Self::DirectoryIsFile,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full(error)
            }
            _ => Self::Io(error),
        }
    }
}
