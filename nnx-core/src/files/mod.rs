//! Regular files: opened without blocking on a device or a pipe, and replaced atomically.
//!
//! | file | holds |
//! |---|---|
//! | `target` | the file that a path resolves to, through symbolic links, and whether it may be replaced |
//! | `temporary` | the temporary file, and the removal of temporary files that killed processes left |
//! | `error` | the errors |

mod error;
mod target;
mod temporary;

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

pub use error::{ReadError, WriteError};
use target::Target;
use temporary::Temporary;

/// Opens a regular file for reading. A directory, a device, a socket or a FIFO (named pipe) is an error,
/// at once, whereas `File::open` blocks on a FIFO until another process writes to it.
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
/// If the path isn't that of a regular file, or the operating system can't open it.
pub fn open(path: impl AsRef<Path>) -> Result<File, ReadError> {
    let path = path.as_ref();
    // Checked before opening, because opening a device can have an effect (rewind a tape).
    regular(fs::metadata(path)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    // Checked again below on the open file: the path may lead to another file by then.
    set_nonblocking(&mut options);
    let file = options.open(path)?;
    regular(file.metadata()?.file_type())?;
    set_blocking(&file)?;
    Ok(file)
}

/// Replaces a file atomically: even after a crash it has the old content or the complete new content.
///
/// The bytes are written to a temporary file in the same directory, which is synced to the disk and then renamed;
/// then the directory is synced.
///
/// - A symbolic link stays, and the file that it points to is replaced, or created if it doesn't exist.
/// - Permissions and group of an existing file are preserved, and its owner if the operating system permits it. If
///   the group can't be preserved, the new group gets only the permissions of all other users. Access control
///   lists and other extended attributes are not preserved. A new file gets the permissions of the umask.
/// - A file without write permission is not replaced, even by root.
/// - Other hard links to the old file keep the old content.
/// - A process that is killed while it writes leaves its temporary file, `.NAME.*.nnx-tmp`. The next call
///   with the same path removes it, if it belongs to the same user. A running process holds a lock on its file,
///   so any number of processes and threads may write at the same time: the last one wins.
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
/// If the path is that of something that isn't a regular file (a directory, a device, a FIFO, a socket) or of a
/// file without write permission, or the operating system can't write. An existing file is unchanged then.
pub fn write(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), WriteError> {
    write_with(path, &mut |out| out.write_all(bytes))
}

/// As [`write()`], for content that isn't in memory as a whole: `content` writes it in pieces. It isn't buffered, so
/// the pieces should be large. It is called again if another process has removed the temporary file.
///
/// ```
/// use nnx_core::files;
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("losses.csv");
/// files::write_with(&file, &mut |out| {
///     out.write_all(b"step,loss\n")?;
///     out.write_all(b"0,2.3\n")
/// })?;
/// assert_eq!(std::fs::read_to_string(&file)?, "step,loss\n0,2.3\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`write()`], and an error of `content`. An existing file is unchanged then.
pub fn write_with(
    path: impl AsRef<Path>,
    content: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let target = Target::resolve(path.as_ref())?;
    // Stale temporary files are removed first, because they may fill the disk.
    temporary::remove_stale(&target);
    let directory = Directory::open(&target.directory);
    let mut attempt = 1;
    loop {
        let mut new = Temporary::create(&target)?;
        new.fill(content)?;
        match new.rename(&target.path) {
            Ok(()) => return directory.sync(),
            // Another process has removed the temporary file.
            Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Removes the temporary files that killed processes left in a directory, whatever files they were for. Those of running
/// processes and of other users stay, and so does what can't be removed.
///
/// # Errors
/// If the directory can't be read.
pub fn remove_leftovers(directory: impl AsRef<Path>) -> io::Result<()> {
    temporary::remove_all_stale(directory.as_ref())
}

/// Checks that [`write()`] can work, before hours of training. An existing file is unchanged.
///
/// # Errors
/// As [`write()`], except for a full disk.
pub fn check_writable(path: impl AsRef<Path>) -> Result<(), WriteError> {
    let target = Target::resolve(path.as_ref())?;
    Temporary::create(&target)?;
    Ok(())
}

/// How often a write is tried if another process removes its temporary file.
const ATTEMPTS: usize = 3;

fn regular(found: FileType) -> Result<(), ReadError> {
    if found.is_file() { Ok(()) } else { Err(ReadError::NotAFile { found: type_name(found) }) }
}

/// The name of a file type, for messages; not of a regular file.
fn type_name(found: FileType) -> &'static str {
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

/// Opens without blocking on the other end of a FIFO or a serial line, and without making a terminal the
/// controlling terminal of the process.
fn set_nonblocking(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes reads block again: on some file systems a non-blocking read of a regular file can fail.
fn set_blocking(file: &File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
        fcntl_setfl(file, fcntl_getfl(file)?.difference(OFlags::NONBLOCK))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// An open directory, if the operating system can open one.
struct Directory(Option<File>);

impl Directory {
    fn open(path: &Path) -> Self {
        Self(if cfg!(unix) { File::open(path).ok() } else { None })
    }

    /// Syncs the names in the directory to the disk.
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
