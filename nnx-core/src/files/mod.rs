//! Regular files: opened without waiting for a device or a pipe, and replaced as a whole.
//!
//! | file | holds |
//! |---|---|
//! | `target` | which file a path means: symbolic links, and what must not be replaced |
//! | `temporary` | the new file under a name of its own, and what killed processes left behind |
//! | `error` | what can go wrong |

mod error;
mod target;
mod temporary;

use std::fs::{self, File, FileType, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

pub use error::{ReadError, WriteError};
use target::Target;
use temporary::Temporary;

/// Opens a regular file for reading. A directory, a device, a socket or a FIFO (named pipe) is an error,
/// at once: `File::open` waits until somebody writes to a FIFO.
///
/// ```
/// use nnx_core::files;
///
/// # let directory = tempfile::tempdir()?;
/// let error = files::open(directory.path()).unwrap_err().to_string();
/// assert_eq!(error, "it is a directory, not a regular file; name a regular file");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the path doesn't lead to a regular file, or the system can't open it.
pub fn open(path: impl AsRef<Path>) -> Result<File, ReadError> {
    let path = path.as_ref();
    // Asked before it is opened, because opening a device can do something (rewind a tape).
    regular(fs::metadata(path)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    // And asked again of the open file: another may have taken the path in between.
    without_waiting(&mut options);
    let file = options.open(path)?;
    regular(file.metadata()?.file_type())?;
    wait_again(&file)?;
    Ok(file)
}

/// Replaces a file as a whole: whatever happens, the path leads to the old content or to all of the new.
///
/// The bytes go to a temporary file in the same directory, are synced to the disk, and take the name of
/// the file; then the directory is synced.
///
/// - A symbolic link stays, and the file that it leads to is replaced. If that doesn't exist, it is made.
/// - Permissions and group of an old file are kept, and its owner where the system permits this. Where the
///   group can't be kept, the new group gets the permissions of all others only. Access control lists and
///   other extended attributes are not kept. A new file gets the permissions that the umask leaves.
/// - A file that may not be written to is not replaced, even by root.
/// - Other hard links to the old file keep the old content.
/// - A process that is killed while it writes leaves its temporary file, `.NAME.*.nnx-tmp`. The next call
///   with the same path removes it, if it belongs to the same user. A lock on the file tells whether its
///   process lives, so any number of processes and threads may write at the same time: the last one wins.
///
/// ```
/// use nnx_core::files;
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("losses.csv");
/// files::write(&file, b"step,loss\n0,2.3\n")?;
/// files::write(&file, b"step,loss\n0,2.3\n1,2.1\n")?;
/// assert_eq!(std::fs::read_to_string(&file)?, "step,loss\n0,2.3\n1,2.1\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the path leads to something that isn't a regular file (a directory, a device, a FIFO, a socket), to
/// a file that may not be written to, or the system can't write. What was there is unchanged.
pub fn write(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), WriteError> {
    let target = Target::of(path.as_ref())?;
    // First of all, because they may be what fills the disk.
    temporary::remove_stale(&target);
    let directory = Directory::open(&target.directory);
    let mut attempt = 1;
    loop {
        let mut new = Temporary::beside(&target)?;
        new.fill(bytes)?;
        match new.rename(&target.path) {
            Ok(()) => return directory.sync(),
            // Somebody has removed the temporary file.
            Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// An error unless [`write()`] can be expected to work: to be asked before hours of training. A file that
/// is there is left alone.
///
/// # Errors
/// As [`write()`], apart from the space that the bytes need.
pub fn check_writable(path: impl AsRef<Path>) -> Result<(), WriteError> {
    let target = Target::of(path.as_ref())?;
    Temporary::beside(&target)?;
    Ok(())
}

/// How often a write starts again when its temporary file is removed.
const ATTEMPTS: usize = 3;

fn regular(found: FileType) -> Result<(), ReadError> {
    if found.is_file() { Ok(()) } else { Err(ReadError::NotAFile { found: kind(found) }) }
}

/// What a path leads to, where that isn't a regular file.
fn kind(found: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if found.is_fifo() {
            return "a FIFO";
        } else if found.is_socket() {
            return "a socket";
        } else if found.is_block_device() || found.is_char_device() {
            return "a device";
        }
    }
    if found.is_dir() { "a directory" } else { "something else" }
}

/// Opening a FIFO, or a serial line, doesn't wait for the other end, and a terminal doesn't take over the
/// process.
fn without_waiting(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// Some file systems hand out data of a regular file later on; a reader waits for it.
fn wait_again(file: &File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
        fcntl_setfl(file, fcntl_getfl(file)?.difference(OFlags::NONBLOCK))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// An open directory, where the system has such a thing and permits it.
struct Directory(Option<File>);

impl Directory {
    fn open(path: &Path) -> Self {
        Self(if cfg!(unix) { File::open(path).ok() } else { None })
    }

    /// Names in the directory are on the disk afterwards.
    fn sync(self) -> Result<(), WriteError> {
        match self.0.map(|directory| directory.sync_all()) {
            None | Some(Ok(())) => Ok(()),
            // The file system doesn't sync directories.
            Some(Err(error))
                if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) =>
            {
                Ok(())
            }
            Some(Err(error)) => Err(WriteError::NotSynced(error)),
        }
    }
}
