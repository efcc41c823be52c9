//! Errors of a directory of checkpoints.

use std::fmt;
use std::io;
use std::path::PathBuf;

use nnx_core::Error;
use nnx_core::io::CheckpointError;

/// A checkpoint that is broken, and was skipped.
#[derive(Debug)]
pub struct SkippedCheckpoint {
    /// The file.
    pub file: PathBuf,
    /// The error of the checkpoint. Its message names the file.
    pub error: Error,
}

impl fmt::Display for SkippedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "skipped {}", self.error)
    }
}

/// An error of a directory of checkpoints, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManagerError {
    /// The directory can't be made or read.
    #[error("{}: can't keep checkpoints here: {cause}; check the directory and its permissions", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// The reason.
        cause: io::Error,
    },
    /// Another manager uses the directory.
    #[error(
        "{}: another run keeps its checkpoints here: wait until it ends, or name another directory; to read \
         checkpoints of a run that goes on, use `saved_checkpoints`",
        directory.display()
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// A checkpoint can't be saved.
    #[error("checkpoint of step {step}: {cause}")]
    Save {
        /// Its step.
        step: u64,
        /// The reason, with the name of the file.
        cause: Box<Error>,
    },
    /// The newest whole checkpoint can't be loaded.
    #[error("{cause}")]
    Load {
        /// The reason, with the name of the file.
        cause: Box<Error>,
    },
    /// No checkpoint is whole.
    #[error(
        "{}: none of the {} checkpoints is whole, and nothing is loaded: to start anew, move them away{}",
        directory.display(), skipped.len(), Lines(skipped)
    )]
    NoneWhole {
        /// The directory.
        directory: PathBuf,
        /// The checkpoints, the newest first.
        skipped: Vec<SkippedCheckpoint>,
    },
    /// An old checkpoint can't be removed.
    #[error("{}: this old checkpoint can't be removed: {cause}; the new one is whole: check the directory's permissions", file.display())]
    Remove {
        /// The file.
        file: PathBuf,
        /// The reason.
        cause: io::Error,
    },
    /// The system can't start a thread.
    #[error(
        "checkpoint of step {step}: no thread can be started to write it: {cause}; end other processes, or use `in_foreground`"
    )]
    Thread {
        /// Its step.
        step: u64,
        /// The reason.
        cause: io::Error,
    },
    /// A bug of this library.
    #[error(
        "checkpoint of step {step}: the thread that wrote it panicked; the checkpoints before it are whole"
    )]
    Panicked {
        /// Its step.
        step: u64,
    },
}

/// Whether a checkpoint is broken: cut short, damaged or unreadable. One that doesn't fit isn't.
pub(super) fn is_broken(error: &Error) -> bool {
    matches!(
        error,
        Error::Checkpoint(
            CheckpointError::Format { .. }
                | CheckpointError::OtherFormat { .. }
                | CheckpointError::Read { .. }
                | CheckpointError::Content { .. }
                | CheckpointError::Damaged { .. }
        )
    )
}

struct Lines<'a>(&'a [SkippedCheckpoint]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|skipped| write!(f, "\n  {}", skipped.error))
    }
}
