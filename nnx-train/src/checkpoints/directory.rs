//! The checkpoints in a directory.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use nnx_core::files;
use nnx_core::io::{Checkpoint, check_writable};

use super::{METRIC, ManagerError, STEP};

const PREFIX: &str = "step-";
const SUFFIX: &str = ".safetensors";

/// A complete checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedCheckpoint {
    /// The step.
    pub step: u64,
    /// The metric that it was saved with.
    pub metric: Option<f64>,
    /// The file.
    pub file: PathBuf,
}

/// Which checkpoints are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    pub(super) last: usize,
    pub(super) lowest: usize,
    pub(super) highest: usize,
}

/// The checkpoints in a directory that are whole, by step. Their headers are read, not their tensors. A run may write to
/// the directory at the same time.
///
/// ```
/// use nnx_core::io::{Checkpoint, SavedValue};
/// use nnx_train::{CheckpointManager, saved_checkpoints};
///
/// let directory = tempfile::tempdir()?;
/// let mut checkpoints = CheckpointManager::new(directory.path())?.keep_last(3);
/// for (step, accuracy) in [(10, 0.7), (20, 0.9), (30, 0.8)] {
///     checkpoints.save(step, accuracy, ("seen", &SavedValue(step)))?;
/// }
/// checkpoints.finish()?;
///
/// let saved = saved_checkpoints(directory.path())?;
/// let best = saved.iter().max_by(|a, b| a.metric.partial_cmp(&b.metric).unwrap()).unwrap();
/// let mut seen = SavedValue(0u64);
/// Checkpoint::load_some(&best.file, ("seen", &mut seen))?;
/// assert_eq!((best.step, seen.0), (20, 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the directory can't be read.
pub fn saved_checkpoints(
    directory: impl AsRef<Path>,
) -> Result<Vec<SavedCheckpoint>, ManagerError> {
    let found = list(directory.as_ref())?.into_iter();
    Ok(found.filter_map(|(step, file)| info(step, file).ok()).collect())
}

/// The file of a step. Names sort as steps do, up to 10¹² steps.
pub(super) fn file(directory: &Path, step: u64) -> PathBuf {
    directory.join(format!("{PREFIX}{step:012}{SUFFIX}"))
}

fn step_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The files in a directory that have the name of a checkpoint, by step.
pub(super) fn list(directory: &Path) -> Result<Vec<(u64, PathBuf)>, ManagerError> {
    let unreadable = |cause| ManagerError::Directory { directory: directory.to_owned(), cause };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if let Some(step) = entry.file_name().to_str().and_then(step_of) {
            found.push((step, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The header of a checkpoint, if the file is complete.
pub(super) fn info(step: u64, file: PathBuf) -> Result<SavedCheckpoint, nnx_core::Error> {
    let info = Checkpoint::info(&file)?;
    let metric = info.note::<Option<f64>>(METRIC).ok().flatten().flatten();
    let step = info.note::<u64>(STEP).ok().flatten().unwrap_or(step);
    Ok(SavedCheckpoint { step, metric, file })
}

/// Makes a directory, checks that it can be written to, removes temporary files of killed processes, and locks it.
pub(super) fn prepare(directory: &Path) -> Result<Option<File>, ManagerError> {
    let failed = |cause| ManagerError::Directory { directory: directory.to_owned(), cause };
    fs::create_dir_all(directory).map_err(failed)?;
    // Some systems can't open or lock a directory.
    let lock = match File::open(directory) {
        Ok(open) => match open.try_lock() {
            Ok(()) => Some(open),
            Err(TryLockError::WouldBlock) => {
                return Err(ManagerError::InUse { directory: directory.to_owned() });
            }
            Err(TryLockError::Error(_)) => None,
        },
        Err(_) => None,
    };
    check_writable(file(directory, 0))
        .map_err(|error| ManagerError::Save { step: 0, cause: Box::new(error) })?;
    files::remove_leftovers(directory).map_err(failed)?;
    Ok(lock)
}

/// Removes old checkpoints, after that of step `newest` was written. Broken files are neither counted nor removed.
pub(super) fn prune(directory: &Path, keep: Keep, newest: u64) -> Result<(), ManagerError> {
    let whole = saved_checkpoints(directory)?;
    // If the new file isn't complete, no other one is removed: it may be the last good one.
    let written = file(directory, newest);
    if whole.iter().all(|saved| saved.file != written) {
        return Ok(());
    }
    let kept = kept(&whole, keep, &written);
    for saved in whole.iter().filter(|saved| !kept.contains(&*saved.file)) {
        match fs::remove_file(&saved.file) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                return Err(ManagerError::Remove { file: saved.file.clone(), cause });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The files that are kept; `whole` is sorted by step.
fn kept<'a>(whole: &'a [SavedCheckpoint], keep: Keep, written: &'a Path) -> BTreeSet<&'a Path> {
    let mut kept: BTreeSet<&Path> = BTreeSet::from([written]);
    kept.extend(whole.iter().rev().take(keep.last).map(|saved| &*saved.file));
    let metric = |saved: &&SavedCheckpoint| saved.metric.filter(|metric| !metric.is_nan());
    let ranked = |order: fn(&f64, &f64) -> Ordering| {
        // The sort is stable: newer ones come first among equal ones.
        let with_metric =
            whole.iter().rev().filter_map(|saved| Some((metric(&saved)?, &*saved.file)));
        let mut ranked: Vec<(f64, &Path)> = with_metric.collect();
        ranked.sort_by(|(a, _), (b, _)| order(a, b));
        ranked.into_iter().map(|(_, file)| file)
    };
    kept.extend(ranked(f64::total_cmp).take(keep.lowest));
    kept.extend(ranked(|a, b| b.total_cmp(a)).take(keep.highest));
    kept
}
