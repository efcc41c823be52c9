//! Settings of a run: its length, the interval of evaluations, its recorders.

use std::time::Duration;

use super::Run;
use crate::goal::Watch;
use crate::{Goal, Interrupt, Recorder};

/// When a run is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Epochs(u64),
    Steps(u64),
}

impl Limit {
    /// The number of steps, where no batch is left out.
    pub(crate) fn steps(self, per_epoch: u64) -> u64 {
        match self {
            Self::Epochs(epochs) => epochs.saturating_mul(per_epoch),
            Self::Steps(steps) => steps,
        }
    }

    pub(super) fn is_reached(self, step: u64, epoch: u64) -> bool {
        match self {
            Self::Epochs(epochs) => epoch >= epochs,
            Self::Steps(steps) => step >= steps,
        }
    }
}

impl<'a, B> Run<'a, B> {
    /// Ends after this number of epochs: 1 by default.
    #[must_use]
    pub fn epochs(mut self, epochs: u64) -> Self {
        self.limit = Limit::Epochs(epochs);
        self
    }

    /// Ends after this number of steps.
    #[must_use]
    pub fn steps(mut self, steps: u64) -> Self {
        self.limit = Limit::Steps(steps);
        self
    }

    /// An evaluation is due after each `steps` steps instead of after each epoch.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn evaluate_every_steps(mut self, steps: u64) -> Self {
        assert!(steps > 0, "evaluate_every_steps: expected at least 1 step, found 0");
        self.evaluate_every = Some(steps);
        self
    }

    /// The settings that all ranks have in common, by the names of their methods.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let Self { limit, evaluate_every, watch, .. } = self;
        let goal = watch.as_ref().map(|watch| &watch.goal);
        let patience = watch.as_ref().and_then(|watch| watch.patience);
        vec![
            ("the setting epochs or steps:", format!("{limit:?}")),
            ("the setting evaluate_every_steps:", format!("{evaluate_every:?}")),
            ("the setting best_by or stop_early:", format!("{goal:?}")),
            ("the patience of stop_early:", format!("{patience:?}")),
        ]
    }

    /// The steps of the whole run, if nothing ends it before.
    pub(crate) fn most_steps(&self) -> u64 {
        self.limit.steps(self.plan.steps())
    }

    pub(crate) fn looks_for_best(&self) -> bool {
        self.watch.is_some()
    }

    /// The value of the metric that is watched, in the last evaluation.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn watched_value(&self) -> Option<f64> {
        let watch = self.watch.as_ref()?;
        self.metrics.iter().find(|(name, _)| name == watch.goal.metric()).map(|(_, value)| *value)
    }

    #[cfg(feature = "checkpoints")]
    pub(crate) fn is_larger_better(&self) -> Option<bool> {
        self.watch.as_ref().map(|watch| watch.goal.is_larger_better())
    }

    pub(crate) fn set_parameters(&mut self, parameters: usize) {
        self.parameters = Some(parameters);
    }

    /// The metric that says which evaluation is the best.
    #[must_use]
    pub fn best_by(mut self, goal: Goal) -> Self {
        let patience = self.watch.as_ref().and_then(|watch| watch.patience);
        self.watch = Some(Watch { patience, ..Watch::new(goal) });
        self
    }

    /// Ends when this number of evaluations in a row wasn't better than the best before (early stopping).
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn stop_early(mut self, goal: Goal, patience: u64) -> Self {
        assert!(patience > 0, "stop_early: expected a patience of at least 1 evaluation, found 0");
        self.watch = Some(Watch { patience: Some(patience), ..Watch::new(goal) });
        self
    }

    /// Ends after the step that is running when the time is over.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Ends after two steps, to try a program.
    #[must_use]
    pub fn dry_run(mut self, dry: bool) -> Self {
        self.dry = dry;
        self
    }

    /// Ends the run on request, such as by Ctrl-C, after the current step.
    #[must_use]
    pub fn stop_on(mut self, interrupt: &Interrupt) -> Self {
        self.interrupt = Some(interrupt.clone());
        self
    }

    /// Tells a recorder, such as a progress bar, what happens. There may be several.
    #[must_use]
    pub fn record(mut self, recorder: impl Recorder + 'a) -> Self {
        self.recorders.add(recorder);
        self
    }

    /// The name of an item, for rates such as `images` in a second: `items` by default.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// The unit that is counted in a batch instead of items, for rates such as `characters` in a second.
    #[must_use]
    pub fn counting(mut self, unit: &'static str, count: impl Fn(&B) -> usize + 'a) -> Self {
        self.unit = unit;
        self.counting = Some(Box::new(count));
        self
    }
}
