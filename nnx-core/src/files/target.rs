//! The file that a path resolves to, and whether it may be replaced.

use std::ffi::OsString;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf, is_separator};

use super::{WriteError, set_nonblocking, type_name};

/// The most symbolic links that are followed, as on Linux.
const MAX_LINKS: usize = 40;

/// A regular file that may be replaced, or a path where there is no file yet. Symbolic links are resolved.
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) directory: PathBuf,
    /// The last component of the path.
    pub(super) name: OsString,
    /// The metadata of the existing file.
    pub(super) old: Option<Metadata>,
}

impl Target {
    pub(super) fn resolve(path: &Path) -> Result<Self, WriteError> {
        // Follows symbolic links, as the operating system does.
        let followed = regular(fs::metadata(path))?;
        let (path, links) = follow(path.to_owned())?;
        let (directory, name) = split(&path)?;
        let old = regular(fs::symlink_metadata(&path))?;
        // Some links in /proc point to a file although their text isn't a path.
        if links && followed.is_some() && old.is_none() {
            return Err(WriteError::LinkUnclear);
        }
        if let Some(old) = &old {
            may_write(&path, old)?;
        }
        if !fs::metadata(&directory)?.is_dir() {
            return Err(WriteError::DirectoryIsFile);
        }
        Ok(Self { path, directory, name, old })
    }
}

/// The metadata, if the file exists; an error unless it is a regular file. Other processes may replace the file
/// between two calls.
fn regular(found: io::Result<Metadata>) -> Result<Option<Metadata>, WriteError> {
    match found {
        Ok(found) if found.is_file() => Ok(Some(found)),
        Ok(found) => Err(WriteError::NotAFile { found: type_name(found.file_type()) }),
        // `follow` reports why there is none.
        Err(_) => Ok(None),
    }
}

/// Splits a path into directory and file name.
fn split(path: &Path) -> Result<(PathBuf, OsString), WriteError> {
    // `Path` ignores a trailing `/` or `/.`, by which the operating system expects a directory.
    let text = path.as_os_str().as_encoded_bytes();
    let text = text.strip_suffix(b".").filter(|rest| !rest.ends_with(b".")).unwrap_or(text);
    let slash = text.last().is_some_and(|&last| is_separator(char::from(last)));
    match path.file_name() {
        Some(name) if !slash => {
            let directory = path.parent().filter(|parent| *parent != Path::new(""));
            Ok((directory.unwrap_or(Path::new(".")).to_owned(), name.to_owned()))
        }
        _ => Err(WriteError::NoName),
    }
}

/// Follows symbolic links to a path that isn't one, whether a file exists there or not; and whether there was a
/// link.
fn follow(mut path: PathBuf) -> Result<(PathBuf, bool), WriteError> {
    for links in 0..=MAX_LINKS {
        let (directory, _) = split(&path)?;
        let link = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => found,
            Ok(_) => return Ok((path, links > 0)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((path, links > 0)),
            Err(error) => return Err(error.into()),
        };
        if is_untrusted_link(&link, &directory)? {
            return Err(WriteError::LinkOfOther);
        }
        path = directory.join(fs::read_link(&path)?);
    }
    Err(WriteError::LinkLoop)
}

/// An error unless the process may write to the file and some user has write permission. The second check is for
/// root, who may write to any file.
fn may_write(path: &Path, old: &Metadata) -> Result<(), WriteError> {
    if old.permissions().readonly() {
        return Err(WriteError::ReadOnly);
    }
    let mut options = OpenOptions::new();
    options.write(true);
    set_nonblocking(&mut options);
    match options.open(path) {
        // `NotFound`: the file has been removed since its metadata was read.
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(unix)]
pub(super) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
pub(super) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    a.file_type() == b.file_type()
}

/// Whether a file belongs to a different user than the effective user of this process.
#[cfg(unix)]
pub(super) fn belongs_to_other(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.uid() != rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(super) fn belongs_to_other(_file: &Metadata) -> bool {
    false
}

/// Whether a symbolic link may be an attack: it is in a directory where all users can create files, and its owner
/// is neither this user nor the owner of the directory. Linux refuses to follow these too
/// (`protected_symlinks`).
#[cfg(unix)]
fn is_untrusted_link(link: &Metadata, directory: &Path) -> Result<bool, WriteError> {
    use std::os::unix::fs::MetadataExt;
    const STICKY_AND_WRITABLE_BY_ALL: u32 = 0o1002;
    let directory = fs::metadata(directory)?;
    let shared = directory.mode() & STICKY_AND_WRITABLE_BY_ALL == STICKY_AND_WRITABLE_BY_ALL;
    Ok(shared && belongs_to_other(link) && link.uid() != directory.uid())
}

#[cfg(not(unix))]
fn is_untrusted_link(_link: &Metadata, _directory: &Path) -> Result<bool, WriteError> {
    Ok(false)
}
