//! A file to which whole entries are appended. A full disk leaves no partial entry.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use nnx_core::files::{self, WriteError};

use super::RecordError;

/// A regular file that is open for appending, and locked: it has one writer.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) file: File,
    /// Its path, for messages.
    pub(super) name: String,
    /// Where the last whole entry ends.
    pub(super) end: u64,
}

impl Append {
    /// Opens or creates the file, and changes nothing in it.
    pub(super) fn open(path: &Path) -> Result<Self, RecordError> {
        let name = path.display().to_string();
        let failed = |cause| RecordError::Write { file: name.clone(), cause };
        check_kind(path).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(|error| failed(error.into()))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(RecordError::InUse { file: name }),
            // A file system without locks is no reason to refuse recording.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { file, name, end: 0 }),
        }
    }

    /// Appends whole entries by one call to the operating system, so that a process that reads along sees them at
    /// once. If it fails, such as on a full disk, nothing is left of them.
    pub(super) fn append(&mut self, entries: &[u8]) -> Result<(), RecordError> {
        if let Err(error) = self.file.write_all(entries) {
            let _ = self.restore();
            return Err(self.unwritable(error));
        }
        self.end += entries.len() as u64;
        Ok(())
    }

    /// Truncates the file at this position.
    #[cfg(any(feature = "csv", feature = "json"))]
    pub(super) fn cut(&mut self, end: u64) -> Result<(), RecordError> {
        self.end = end;
        self.restore().map_err(|error| self.unwritable(error))
    }

    fn restore(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end)).map(drop)
    }

    /// Makes sure that all is on the disk.
    pub(super) fn sync(&self) -> Result<(), RecordError> {
        self.file.sync_data().map_err(|error| self.unwritable(error))
    }

    fn unwritable(&self, error: io::Error) -> RecordError {
        RecordError::Write { file: self.name.clone(), cause: error.into() }
    }
}

/// An error for what isn't a regular file: a FIFO would block, and a device may do anything.
fn check_kind(path: &Path) -> Result<(), WriteError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => files::check_writable(path),
        _ => Ok(()),
    }
}
