//! The file that a path means, and whether it may be replaced.

use std::ffi::OsString;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf, is_separator};

use super::{WriteError, kind, without_waiting};

/// More symbolic links in a row than Linux follows are an error there, too.
const LINKS: usize = 40;

/// A regular file that may be replaced, or the place of a new one. No symbolic link any more.
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) directory: PathBuf,
    /// The last part of the path.
    pub(super) name: OsString,
    /// The file that is there.
    pub(super) old: Option<Metadata>,
}

impl Target {
    pub(super) fn of(path: &Path) -> Result<Self, WriteError> {
        // What the path leads to, as the system follows it.
        let meant = regular(fs::metadata(path))?;
        let (path, links) = follow(path.to_owned())?;
        let (directory, name) = parts(&path)?;
        let old = regular(fs::symlink_metadata(&path))?;
        // Some links in /proc have a text that is no path, and lead to a file all the same.
        if links && meant.is_some() && old.is_none() {
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

/// The file that is found, if there is one. It may be another one the next time: others replace it, too.
fn regular(found: io::Result<Metadata>) -> Result<Option<Metadata>, WriteError> {
    match found {
        Ok(found) if found.is_file() => Ok(Some(found)),
        Ok(found) => Err(WriteError::NotAFile { found: kind(found.file_type()) }),
        // Why there is none is told where the path is followed.
        Err(_) => Ok(None),
    }
}

/// The directory and the name of a file.
fn parts(path: &Path) -> Result<(PathBuf, OsString), WriteError> {
    // `Path` leaves a `/` or `/.` at the end out; to the system it says that this is a directory.
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

/// The end of a row of symbolic links, whether there is something or not, and whether there was a link.
fn follow(mut path: PathBuf) -> Result<(PathBuf, bool), WriteError> {
    for links in 0..=LINKS {
        let (directory, _) = parts(&path)?;
        let link = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => found,
            Ok(_) => return Ok((path, links > 0)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((path, links > 0)),
            Err(error) => return Err(error.into()),
        };
        if is_of_other(&link, &directory)? {
            return Err(WriteError::LinkOfOther);
        }
        path = directory.join(fs::read_link(&path)?);
    }
    Err(WriteError::LinkLoop)
}

/// An error unless the process may write to a file and the file's mode lets anybody: the system stops
/// others than root at the first, and root at nothing.
fn may_write(path: &Path, old: &Metadata) -> Result<(), WriteError> {
    if old.permissions().readonly() {
        return Err(WriteError::ReadOnly);
    }
    let mut options = OpenOptions::new();
    options.write(true);
    without_waiting(&mut options);
    match options.open(path) {
        // It has been removed since.
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

/// Does a file belong to another user than the one that this process works for?
#[cfg(unix)]
pub(super) fn belongs_to_other(about: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    about.uid() != rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(super) fn belongs_to_other(_about: &Metadata) -> bool {
    false
}

/// A link that was put there to lead a process astray: in a directory where everybody makes files, by
/// somebody who is neither the user nor the directory's owner. Linux follows none either
/// (`protected_symlinks`).
#[cfg(unix)]
fn is_of_other(link: &Metadata, directory: &Path) -> Result<bool, WriteError> {
    use std::os::unix::fs::MetadataExt;
    const STICKY_AND_WRITABLE_BY_ALL: u32 = 0o1002;
    let directory = fs::metadata(directory)?;
    let shared = directory.mode() & STICKY_AND_WRITABLE_BY_ALL == STICKY_AND_WRITABLE_BY_ALL;
    Ok(shared && belongs_to_other(link) && link.uid() != directory.uid())
}

#[cfg(not(unix))]
fn is_of_other(_link: &Metadata, _directory: &Path) -> Result<bool, WriteError> {
    Ok(false)
}
