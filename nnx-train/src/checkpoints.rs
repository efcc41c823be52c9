//! A directory of checkpoints: written in the background, pruned, and resumed from.
//!
//! | file | contents |
//! |---|---|
//! | `checkpoints` | the manager |
//! | `directory` | the checkpoints in a directory: listed, pruned, locked |
//! | `error` | the errors |
//! | `values` | parts that are values: positions, counters |

mod directory;
mod error;
mod values;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use directory::Keep;
pub use directory::{SavedCheckpoint, saved_checkpoints};
pub use error::{ManagerError, SkippedCheckpoint};
use nnx_core::io::{Checkpoint, CheckpointPart, LoadParts, SaveParts};

/// The name of the note with the step and the metric.
const STEP: &str = "step";
const METRIC: &str = "metric";

/// Keeps the checkpoints of a run in a directory (Orbax' `CheckpointManager`, Lightning's `ModelCheckpoint`).
///
/// | what | how |
/// |---|---|
/// | [`save`](Self::save) | writes `step-STEP.safetensors` on a thread, then removes those that aren't kept |
/// | kept | the last one, or [more](Self::keep_last), and the [best](Self::keep_lowest) by a metric |
/// | [`resume`](Self::resume) | loads the newest that is whole; broken ones are skipped and listed |
/// | [`finish`](Self::finish) | waits for the thread, and returns its error |
///
/// Each file is written atomically, so that a process that is killed leaves whole checkpoints. Only after a new one is
/// whole, older ones are removed. A directory belongs to one manager at a time: it holds a lock, which the operating
/// system releases when the process ends. To read checkpoints of a run that is still running, use
/// [`saved_checkpoints`].
///
/// A save takes a moment for any size of the model: it shares the arrays of the parts, and the next step copies those
/// that it changes while they aren't written yet. So there are at most two copies, and each array is released as soon as
/// it is written.
///
/// ```
/// use nnx_core::io::SavedValue;
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adam}, random::Rngs, size::{U2, U3}};
/// use nnx_train::{CheckpointManager, Dataset, Items};
///
/// let directory = tempfile::tempdir()?;
/// let mut model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, adam(1e-3));
/// let loader = (0..100).collect::<Items<i32>>().loader(10)?.shuffled(0);
/// let mut position = loader.epoch(0).position();
///
/// let mut checkpoints = CheckpointManager::new(directory.path())?.keep_last(2).keep_lowest(1);
/// let parts = (("model", &mut model), ("optimizer", &mut optimizer), ("position", &mut position));
/// let start = checkpoints.resume(parts)?.map_or(0, |resumed| resumed.step);
/// assert_eq!(start, 0, "a new run");
///
/// let mut batches = loader.resume(&position)?;
/// for step in 1..=5 {
///     let batch = batches.next();
///     // A step of training would be here.
///     # drop(batch);
///     let loss = [0.9, 0.5, 0.7, 0.8, 0.6][step as usize - 1];
///     let position = batches.position();
///     let parts = (("model", &model), ("optimizer", &optimizer), ("position", &position));
///     checkpoints.save(step, loss, parts)?;
/// }
/// let kept: Vec<u64> = checkpoints.saved()?.iter().map(|saved| saved.step).collect();
/// assert_eq!(kept, [2, 4, 5]); // the best, and the last two
/// checkpoints.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[doc(alias = "ModelCheckpoint")]
pub struct CheckpointManager {
    directory: PathBuf,
    keep: Keep,
    in_background: bool,
    writer: Option<(u64, JoinHandle<Result<(), ManagerError>>)>,
    /// The lock of the directory, held until the manager is dropped.
    lock: Option<File>,
}

/// A run that was resumed; see [`CheckpointManager::resume`].
#[derive(Debug)]
pub struct Resumed {
    /// The step that was saved.
    pub step: u64,
    /// The metric that was saved with it.
    pub metric: Option<f64>,
    /// The file.
    pub file: PathBuf,
    /// Newer checkpoints that are broken. They stay where they are: show them to the user.
    pub skipped: Vec<SkippedCheckpoint>,
}

impl CheckpointManager {
    /// Keeps checkpoints in a directory, which is made if it doesn't exist. Temporary files that killed processes left in
    /// it are removed.
    ///
    /// # Errors
    /// If it can't be made or written to, or another manager uses it.
    pub fn new(directory: impl AsRef<Path>) -> Result<Self, ManagerError> {
        let directory = directory.as_ref().to_owned();
        let lock = directory::prepare(&directory)?;
        let keep = Keep { last: 1, lowest: 0, highest: 0 };
        Ok(Self { directory, keep, in_background: true, writer: None, lock })
    }

    /// Keeps the last `count` checkpoints, those with the highest steps; 1 by default (`max_to_keep` of Orbax).
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    #[doc(alias = "max_to_keep")]
    pub fn keep_last(mut self, count: usize) -> Self {
        assert!(count > 0, "the last checkpoint is always kept: expected at least 1, found 0");
        self.keep.last = count;
        self
    }

    /// Keeps the `count` checkpoints with the lowest metric, too, such as a loss. Of equal ones, the newer are kept.
    /// Checkpoints that are saved without a metric, or with NaN, aren't among them.
    #[must_use]
    #[doc(alias = "best_fn")]
    pub fn keep_lowest(mut self, count: usize) -> Self {
        self.keep.lowest = count;
        self
    }

    /// Keeps the `count` checkpoints with the highest metric, too, such as an accuracy.
    #[must_use]
    #[doc(alias = "best_fn")]
    pub fn keep_highest(mut self, count: usize) -> Self {
        self.keep.highest = count;
        self
    }

    /// Writes each checkpoint before [`save`](Self::save) returns, instead of on a thread.
    #[must_use]
    pub fn in_foreground(mut self) -> Self {
        self.in_background = false;
        self
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a step, whether it exists or not.
    #[must_use]
    pub fn file(&self, step: u64) -> PathBuf {
        directory::file(&self.directory, step)
    }

    /// Saves a checkpoint of a step, with a metric or `None`. It is written on a thread; one of the same step is replaced.
    ///
    /// If the checkpoint before is still being written, this waits for it, so that there is never more than one copy of
    /// the arrays besides the model's own. [`is_writing`](Self::is_writing) says whether it would wait.
    ///
    /// # Errors
    /// If a part can't be saved. If the checkpoint **before** couldn't be written: this one is being written all the
    /// same, and [`finish`](Self::finish) or the next save says how that went.
    pub fn save<'a>(
        &mut self,
        step: u64,
        metric: impl Into<Option<f64>>,
        parts: impl SaveParts<'a>,
    ) -> Result<(), ManagerError> {
        let failed = move |cause| ManagerError::Save { step, cause: Box::new(cause) };
        let metric: Option<f64> = metric.into();
        let checkpoint = Checkpoint::of(parts)
            .and_then(|checkpoint| checkpoint.with_note(STEP, step)?.with_note(METRIC, metric))
            .map_err(failed)?;
        let before = self.wait();
        let (directory, keep) = (self.directory.clone(), self.keep);
        let write = move || {
            checkpoint.write(directory::file(&directory, step)).map_err(failed)?;
            directory::prune(&directory, keep, step)
        };
        if !self.in_background {
            return before.and(write());
        }
        match thread::Builder::new().name("checkpoint".to_owned()).spawn(write) {
            Ok(thread) => self.writer = Some((step, thread)),
            Err(cause) => return Err(ManagerError::Thread { step, cause }),
        }
        before
    }

    /// Whether a checkpoint is being written.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.writer.as_ref().is_some_and(|(_, thread)| !thread.is_finished())
    }

    /// Waits until the last checkpoint is written.
    ///
    /// # Errors
    /// If it couldn't be written, or an old one couldn't be removed.
    pub fn wait(&mut self) -> Result<(), ManagerError> {
        match self.writer.take() {
            None => Ok(()),
            Some((step, thread)) => thread.join().unwrap_or(Err(ManagerError::Panicked { step })),
        }
    }

    /// Waits until the last checkpoint is written, at the end of a run. A manager that is dropped instead waits, too, but
    /// can only print the error.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn finish(mut self) -> Result<(), ManagerError> {
        self.wait()
    }

    /// Loads the newest checkpoint that is whole, to resume the run; `None` if there is none yet. Broken ones, which are
    /// cut short or unreadable, are skipped, and listed in the result.
    ///
    /// All parts are loaded, or none: as with [`Checkpoint::load`].
    ///
    /// # Errors
    /// If the newest whole checkpoint doesn't fit the parts, or is of a later version of the library. If there are
    /// checkpoints, and all are broken. If the checkpoint before couldn't be written.
    pub fn resume<'a>(
        &mut self,
        parts: impl LoadParts<'a>,
    ) -> Result<Option<Resumed>, ManagerError> {
        self.wait()?;
        let mut parts = parts.into_parts();
        let mut skipped = Vec::new();
        for (step, file) in directory::list(&self.directory)?.into_iter().rev() {
            let parts: Vec<(&str, &mut dyn CheckpointPart)> =
                parts.iter_mut().map(|(name, part)| (*name, &mut **part as _)).collect();
            let loaded = directory::info(step, file.clone())
                .and_then(|saved| Checkpoint::load(&file, parts).map(|()| saved));
            match loaded {
                Ok(SavedCheckpoint { step, metric, file }) => {
                    return Ok(Some(Resumed { step, metric, file, skipped }));
                }
                Err(error) if error::is_broken(&error) => {
                    skipped.push(SkippedCheckpoint { file, error });
                }
                Err(error) => return Err(ManagerError::Load { cause: Box::new(error) }),
            }
        }
        if skipped.is_empty() {
            return Ok(None);
        }
        Err(ManagerError::NoneWhole { directory: self.directory.clone(), skipped })
    }

    /// The checkpoints that are whole, by step, after waiting for the one that is being written.
    ///
    /// # Errors
    /// If it couldn't be written, or the directory can't be read.
    pub fn saved(&mut self) -> Result<Vec<SavedCheckpoint>, ManagerError> {
        self.wait()?;
        saved_checkpoints(&self.directory)
    }
}

impl Drop for CheckpointManager {
    fn drop(&mut self) {
        if let Err(error) = self.wait() {
            eprintln!("{error}");
        }
        // Closing the file isn't enough: a child process inherits it between `fork` and `exec`.
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}
