//! The new file while it is written, under a name that tells what it will be, and the removal of those
//! that killed processes left behind.
//!
//! The process that writes holds a lock on its file, and the system takes the lock away when the process
//! ends, however it ends. So a file with such a name whose lock can be had is left over. Process numbers
//! wouldn't tell: they are used again, and another machine has others.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::target::{Target, belongs_to_other, same_file};
use super::without_waiting;

/// How many names are tried; each is random in 64 bits.
const NAMES: usize = 100;
const ENDING: &str = ".nnx-tmp";

/// A new file that isn't complete yet. It goes away unless it is renamed.
pub(super) struct Temporary {
    file: File,
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    /// An empty file in the directory of the target, with the permissions that the target has or is to
    /// have.
    pub(super) fn beside(target: &Target) -> io::Result<Self> {
        let start = start_of_names(&target.name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // Nobody else looks into it before it has the permissions of the old file.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(
            &mut options,
            if target.old.is_some() { 0o600 } else { 0o666 },
        );
        for _ in 0..NAMES {
            let random = RandomState::new().hash_one(&target.name);
            let path = target.directory.join(format!("{start}{random:016x}{ENDING}"));
            let file = match options.open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            let new = Self { file, path, renamed: false };
            match new.file.try_lock() {
                // Before the lock was there, another process may have taken the file for left over.
                Ok(()) if !is_at(&new.file, &new.path) => continue,
                Err(TryLockError::WouldBlock) => continue,
                Ok(()) => {}
                // A file system without locks: there nobody gets one, and nobody removes the file.
                Err(TryLockError::Error(_)) => {}
            }
            if let Some(old) = &target.old {
                keep_access(&new.file, old)?;
            }
            return Ok(new);
        }
        Err(io::Error::new(ErrorKind::AlreadyExists, "no free name for a temporary file"))
    }

    /// Writes all bytes, down to the disk.
    pub(super) fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()
    }

    /// Gives the file its name; a file that has it is replaced.
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

/// Removes the temporary files of this target whose processes have ended. Where that isn't certain, or
/// isn't permitted, they stay.
pub(super) fn remove_stale(target: &Target) {
    let Ok(entries) = fs::read_dir(&target.directory) else { return };
    let start = start_of_names(&target.name);
    for entry in entries.flatten() {
        if is_ours(&entry.file_name(), &start) {
            let _ = remove_if_stale(&entry.path());
        }
    }
}

fn remove_if_stale(path: &Path) -> io::Result<()> {
    let is_candidate = |about: &Metadata| about.is_file() && !belongs_to_other(about);
    if !is_candidate(&fs::symlink_metadata(path)?) {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    // Some file systems lock only what may be written to.
    options.read(true).write(true);
    without_waiting(&mut options);
    let file = options.open(path)?;
    if is_candidate(&file.metadata()?) && file.try_lock().is_ok() && is_at(&file, path) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Is the open file still the one at the path?
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => same_file(&open, &there),
        _ => false,
    }
}

/// How the names of a target's temporary files start: with the target's name, so that people know what
/// they are, and with its hash, because only 32 characters of the name have room for sure.
fn start_of_names(name: &OsStr) -> String {
    let shown: String = name.to_string_lossy().chars().take(32).collect();
    format!(".{shown}.{:016x}.", fnv1a(name.as_encoded_bytes()))
}

fn is_ours(name: &OsStr, start: &str) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(start)?.strip_suffix(ENDING));
    random.is_some_and(|random| {
        random.len() == 16 && random.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The hash of Fowler, Noll and Vo: the same in every process, on every machine.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Gives a new file the permissions of an old one, its group and, where the system permits it, its owner.
#[cfg(unix)]
fn keep_access(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let new = file.metadata()?;
    // Not the bits by which a program runs as its owner: a write takes these away, too.
    let mut mode = old.mode() & 0o777;
    let owner = (old.uid() != new.uid()).then(|| old.uid());
    let group = (old.gid() != new.gid()).then(|| old.gid());
    let changes = owner.is_some() || group.is_some();
    if changes && fchown(file, owner, group).is_err() {
        // Only root gives files away; the members of a group may give it theirs.
        if group.is_some() && fchown(file, None, group).is_err() {
            mode = (mode & 0o707) | ((mode & 0o007) << 3);
        }
    }
    if new.mode() & 0o777 != mode {
        // A file system without permissions refuses; it lets nobody in whom it kept out before.
        let _ = file.set_permissions(fs::Permissions::from_mode(mode));
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_access(_file: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}
