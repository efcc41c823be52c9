//! Saving a run to checkpoints, and resuming it.

use std::path::PathBuf;

use nnx_core::io::CheckpointPart;
use nnx_core::module::{Module, State};

use super::Trainer;
use super::fit::Fit;
use crate::collective::{broadcast_state, set_variables, variables};
use crate::{CheckpointManager, RunState, TrainError, broadcast_model, saved_checkpoints};

/// Where and how often a trainer saves.
#[derive(Default)]
pub(super) struct Settings {
    directory: Option<PathBuf>,
    every: Option<u64>,
    keep_last: Option<usize>,
    resume: bool,
}

impl<M> Trainer<'_, M> {
    /// Keeps checkpoints in a directory: after each evaluation, [every so many steps](Self::save_every_steps), and when
    /// the run ends, also by Ctrl-C. The last one is kept, and the best if [something says](Self::best_by) which that is.
    ///
    /// A checkpoint has everything that the next step depends on: the model, the optimizer, averaged weights, the position
    /// in the data, the best evaluation. So a run that [goes on](Self::resume) ends with the same bits as one that was
    /// never stopped. See [`CheckpointManager`].
    #[must_use]
    #[doc(alias = "ModelCheckpoint")]
    pub fn checkpoints(mut self, directory: impl Into<PathBuf>) -> Self {
        self.checkpoints.directory = Some(directory.into());
        self
    }

    /// Saves after each `steps` steps, too, for epochs that are long.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn save_every_steps(mut self, steps: u64) -> Self {
        assert!(steps > 0, "save_every_steps: expected at least 1 step, found 0");
        self.checkpoints.every = Some(steps);
        self
    }

    /// Keeps the last `count` checkpoints: 1 by default.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn keep_last(mut self, count: usize) -> Self {
        assert!(
            count > 0,
            "keep_last: the last checkpoint is always kept: expected at least 1, found 0"
        );
        self.checkpoints.keep_last = Some(count);
        self
    }

    /// Resumes from the last checkpoint in the directory, such as for the option `--resume`. If there is none yet, the
    /// run begins. Without it, a directory that has checkpoints is an error, so that no run is overwritten.
    #[must_use]
    #[doc(alias = "ckpt_path")]
    pub fn resume(mut self, resume: bool) -> Self {
        self.checkpoints.resume = resume;
        self
    }
}

/// The checkpoints of a run.
pub(super) struct Keeper {
    manager: CheckpointManager,
    /// The step of the last one.
    saved: Option<u64>,
    /// Broken checkpoints that were skipped, to be told.
    skipped: Vec<String>,
}

impl Settings {
    /// Opens the directory.
    pub(super) fn open(
        &self,
        larger_is_better: Option<bool>,
        dry: bool,
    ) -> Result<Option<Keeper>, TrainError> {
        let Some(directory) = &self.directory else {
            if self.resume || self.every.is_some() || self.keep_last.is_some() {
                return Err(TrainError::Setting(
                    "resume, save_every_steps and keep_last need a directory; add `checkpoints(directory)`",
                ));
            }
            return Ok(None);
        };
        let mut manager = CheckpointManager::new(directory)?;
        if let Some(count) = self.keep_last {
            manager = manager.keep_last(count);
        }
        manager = match larger_is_better {
            Some(true) => manager.keep_highest(1),
            Some(false) => manager.keep_lowest(1),
            None => manager,
        };
        if dry {
            return Ok(None);
        }
        if !self.resume
            && let Some(last) = saved_checkpoints(directory)?.last()
        {
            return Err(TrainError::NotResumed { directory: directory.clone(), step: last.step });
        }
        Ok(Some(Keeper { manager, saved: None, skipped: Vec::new() }))
    }

    /// What all ranks have in common, though rank 0 alone writes: each of them waits where rank 0 saves or reads.
    pub(super) fn of_all_ranks(&self) -> [(&'static str, String); 3] {
        [
            ("the setting checkpoints:", self.directory.is_some().to_string()),
            ("the setting save_every_steps:", format!("{:?}", self.every)),
            ("the setting resume:", self.resume.to_string()),
        ]
    }

    pub(super) fn resumes(&self) -> bool {
        self.resume
    }

    /// When it saves, which all ranks know.
    pub(super) fn saves(&self, dry: bool) -> Option<Saves> {
        (self.directory.is_some() && !dry).then_some(Saves { every: self.every })
    }
}

/// When a run is saved, besides after evaluations and at its end.
pub(super) struct Saves {
    every: Option<u64>,
}

impl<M: Module, B: Send + 'static> Fit<'_, M, B> {
    /// Goes on from the last checkpoint, if there is one. Rank 0 reads it, and gives it to all.
    pub(super) fn resume(&mut self) -> Result<(), TrainError> {
        let outline = self.keep_best.then(|| super::fit::owned_state(self.model));
        let read = if self.keeper.is_some() { self.read(outline.as_ref()) } else { Ok(None) };
        let read = self.agree(read)?;
        let Some((state, best)) = self.of_first_rank(read, outline)? else { return Ok(()) };
        let resumed = self.run.resume(&state);
        self.agree(resumed)?;
        self.best = best.filter(|_| self.run.best().is_some());
        self.run.start();
        if let Some(keeper) = &mut self.keeper {
            for text in keeper.skipped.drain(..) {
                self.run.note(&text);
            }
        }
        Ok(())
    }

    /// Reads the last checkpoint: where the run was, and its best model.
    fn read(
        &mut self,
        outline: Option<&State>,
    ) -> Result<Option<(RunState, Option<State>)>, TrainError> {
        let Some(keeper) = &mut self.keeper else { return Ok(None) };
        let mut state = self.run.state();
        let mut best = outline.map(variables);
        let mut parts: Vec<(&str, &mut dyn CheckpointPart)> =
            vec![("model", self.model), ("optimizer", &mut self.optimizer), ("run", &mut state)];
        if let Some(average) = &mut self.average {
            parts.push(("average", average));
        }
        if let Some(best) = &mut best {
            parts.push(("best", best));
        }
        let directory = keeper.manager.directory().display().to_string();
        let Some(resumed) = keeper.manager.resume(parts)? else {
            self.run.start();
            self.run.note(&format!("{directory} has no checkpoint yet: the run begins"));
            return Ok(None);
        };
        keeper.saved = Some(resumed.step);
        keeper.skipped = resumed.skipped.iter().map(ToString::to_string).collect();
        self.run.checkpoint = Some(resumed.file);
        let best = outline.zip(best).map(|(outline, best)| set_variables(outline.clone(), best));
        Ok(Some((state, best)))
    }

    /// What rank 0 has read, for all ranks.
    fn of_first_rank(
        &mut self,
        read: Option<(RunState, Option<State>)>,
        outline: Option<State>,
    ) -> Result<Option<(RunState, Option<State>)>, TrainError> {
        let Some(together) = &self.together else { return Ok(read) };
        let ranks = together.ranks();
        let own = read.as_ref().map(|(state, _)| state.to_json()).unwrap_or_default();
        let text = ranks.broadcast(0, own.as_bytes())?;
        if text.is_empty() {
            return Ok(None);
        }
        let state = RunState::from_json(&text);
        broadcast_model(ranks, self.model)?;
        broadcast_model(ranks, &mut self.optimizer)?;
        if let Some(average) = &mut self.average {
            broadcast_model(ranks, average)?;
        }
        let best = read.and_then(|(_, best)| best).or(outline);
        let best = best.map(|best| broadcast_state(ranks, best)).transpose()?;
        Ok(Some((state, best)))
    }

    /// Saves after a step, if it is time.
    pub(super) fn save_if_due(&mut self, evaluated: bool) -> Result<(), TrainError> {
        let Some(Saves { every }) = self.saves else { return Ok(()) };
        let step = self.run.steps_done();
        if !evaluated && !every.is_some_and(|every| step.is_multiple_of(every)) {
            return Ok(());
        }
        let saved = self.save(evaluated);
        self.agree(saved)
    }

    /// Saves at the end, and waits until it is written.
    pub(super) fn save_last(&mut self) -> Result<(), TrainError> {
        if self.saves.is_none() {
            return Ok(());
        }
        let saved = self.save(false).and_then(|()| match &mut self.keeper {
            Some(keeper) => Ok(keeper.manager.wait()?),
            None => Ok(()),
        });
        self.agree(saved)
    }

    fn save(&mut self, evaluated: bool) -> Result<(), TrainError> {
        let step = self.run.steps_done();
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        if step == 0 || (keeper.saved == Some(step) && !evaluated) {
            return Ok(());
        }
        let state = self.run.state();
        let best = self.keep_best.then(|| match &self.best {
            Some(best) => variables(best),
            None => variables(&super::fit::owned_state(self.model)),
        });
        let mut parts: Vec<(&str, &dyn CheckpointPart)> =
            vec![("model", self.model), ("optimizer", &self.optimizer), ("run", &state)];
        if let Some(average) = &self.average {
            parts.push(("average", average));
        }
        if let Some(best) = &best {
            parts.push(("best", best));
        }
        let metric = if evaluated { self.run.watched_value() } else { None };
        keeper.saved = Some(step);
        self.run.checkpoint = Some(keeper.manager.file(step));
        Ok(keeper.manager.save(step, metric, parts)?)
    }
}
