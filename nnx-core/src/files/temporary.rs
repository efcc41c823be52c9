//! The temporary file to which new content is written, and the removal of those of killed processes.
//!
//! The writing process holds a lock on its temporary file, and the operating system releases the lock when the
//! process ends, however it ends. So a temporary file whose lock is free is stale. A process id in the name wouldn't
//! show this: ids are reused, and differ between machines that share a file system.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::set_nonblocking;
use super::target::{Target, belongs_to_other, same_file};

/// The number of names that are tried; each has 64 random bits.
const MAX_NAMES: usize = 100;
const SUFFIX: &str = ".nnx-tmp";

/// A temporary file. It is removed on drop unless it was renamed.
pub(super) struct Temporary {
    file: File,
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    /// Creates an empty file in the directory of the target. If the target exists, the file gets its permissions.
    pub(super) fn create(target: &Target) -> io::Result<Self> {
        let prefix = name_prefix(&target.name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // If it replaces a file, it is created without permissions for other users: they can't open it before it has
        // those of the old file.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(
            &mut options,
            if target.old.is_some() { 0o600 } else { 0o666 },
        );
        for _ in 0..MAX_NAMES {
            let random = RandomState::new().hash_one(&target.name);
            let path = target.directory.join(format!("{prefix}{random:016x}{SUFFIX}"));
            let file = match options.open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            let new = Self { file, path, renamed: false };
            match new.file.try_lock() {
                // Another process may have removed the file as stale, before it was locked.
                Ok(()) if !is_at(&new.file, &new.path) => continue,
                Err(TryLockError::WouldBlock) => continue,
                Ok(()) => {}
                // A file system without locks: no process gets one, so none removes the file.
                Err(TryLockError::Error(_)) => {}
            }
            if let Some(old) = &target.old {
                keep_access(&new.file, old)?;
            }
            return Ok(new);
        }
        Err(io::Error::new(ErrorKind::AlreadyExists, "no free name for a temporary file"))
    }

    /// Writes the content and syncs it to the disk.
    pub(super) fn fill(
        &mut self,
        content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        content(&mut self.file)?;
        self.file.sync_all()
    }

    /// Renames the file to `name`, and replaces a file with this name.
    pub(super) fn rename(mut self, name: &Path) -> io::Result<()> {
        fs::rename(&self.path, name)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the stale temporary files of this target. Files that may not be stale, or can't be removed, stay.
pub(super) fn remove_stale(target: &Target) {
    let Ok(entries) = fs::read_dir(&target.directory) else { return };
    let prefix = name_prefix(&target.name);
    for entry in entries.flatten() {
        if is_temporary_name(&entry.file_name(), &prefix) {
            let _ = remove_if_stale(&entry.path());
        }
    }
}

/// Removes the stale temporary files of a directory.
pub(super) fn remove_all_stale(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)?.flatten() {
        // `.NAME.HASH.RANDOM.nnx-tmp`: the prefix is up to the random part.
        let name = entry.file_name();
        let prefix = name.to_str().and_then(|name| {
            let hash_and_name = name.strip_suffix(SUFFIX)?.rsplit_once('.')?.0;
            let (start, hash) = hash_and_name.rsplit_once('.')?;
            (start.starts_with('.') && is_hexadecimal(hash)).then(|| format!("{hash_and_name}."))
        });
        if prefix.is_some_and(|prefix| is_temporary_name(&name, &prefix)) {
            let _ = remove_if_stale(&entry.path());
        }
    }
    Ok(())
}

fn remove_if_stale(path: &Path) -> io::Result<()> {
    let is_candidate = |file: &Metadata| file.is_file() && !belongs_to_other(file);
    if !is_candidate(&fs::symlink_metadata(path)?) {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    // Some file systems lock only files that are open for writing.
    options.read(true).write(true);
    set_nonblocking(&mut options);
    let file = options.open(path)?;
    if is_candidate(&file.metadata()?) && file.try_lock().is_ok() && is_at(&file, path) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Whether the open file is still the one at the path.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => same_file(&open, &there),
        _ => false,
    }
}

/// The prefix of the names of a target's temporary files: the first 32 characters of the target's name, for people,
/// and the hash of the whole name. More characters may exceed the longest file name.
fn name_prefix(name: &OsStr) -> String {
    let shown: String = name.to_string_lossy().chars().take(32).collect();
    format!(".{shown}.{:016x}.", fnv1a(name.as_encoded_bytes()))
}

fn is_temporary_name(name: &OsStr, prefix: &str) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX));
    random.is_some_and(is_hexadecimal)
}

/// Whether this is the text of 64 bits.
fn is_hexadecimal(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The hash FNV-1a (Fowler, Noll and Vo): the same in every process and on every machine.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Gives a new file the permissions and the group of an old one and, if the operating system permits it, its
/// owner.
#[cfg(unix)]
fn keep_access(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let new = file.metadata()?;
    // Without setuid and setgid, which a write clears, too.
    let mut mode = old.mode() & 0o777;
    let owner = (old.uid() != new.uid()).then(|| old.uid());
    let group = (old.gid() != new.gid()).then(|| old.gid());
    let changes = owner.is_some() || group.is_some();
    if changes && fchown(file, owner, group).is_err() {
        // Only root can change the owner; a member of a group can set this group.
        if group.is_some() && fchown(file, None, group).is_err() {
            mode = (mode & 0o707) | ((mode & 0o007) << 3);
        }
    }
    if new.mode() & 0o777 != mode {
        // Fails on a file system without permissions, where nothing has to be protected.
        let _ = file.set_permissions(fs::Permissions::from_mode(mode));
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_access(_file: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}
