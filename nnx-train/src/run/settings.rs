//! Settings of a run: its length, the interval of evaluations, its recorders.

use std::time::Duration;

use super::Run;
use super::recorders::Recorders;
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

/// The settings of a run, which don't depend on its batches.
pub(crate) struct Settings<'a> {
    pub(crate) limit: Limit,
    pub(crate) evaluate_every: Option<u64>,
    pub(crate) time_limit: Option<Duration>,
    pub(crate) dry: bool,
    pub(crate) interrupt: Option<Interrupt>,
    pub(crate) unit: &'static str,
    /// What is the best evaluation, and which it was.
    pub(crate) watch: Option<Watch>,
    pub(crate) recorders: Recorders<'a>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            limit: Limit::Epochs(1),
            evaluate_every: None,
            time_limit: None,
            dry: false,
            interrupt: None,
            unit: "items",
            watch: None,
            recorders: Recorders::default(),
        }
    }
}

impl Settings<'_> {
    #[track_caller]
    pub(crate) fn evaluate_every_steps(&mut self, steps: u64) {
        assert!(steps > 0, "evaluate_every_steps: expected at least 1 step, found 0");
        self.evaluate_every = Some(steps);
    }

    pub(crate) fn best_by(&mut self, goal: Goal) {
        let patience = self.watch.as_ref().and_then(|watch| watch.patience);
        self.watch = Some(Watch { patience, ..Watch::new(goal) });
    }

    #[track_caller]
    pub(crate) fn stop_early(&mut self, goal: Goal, patience: u64) {
        assert!(patience > 0, "stop_early: expected a patience of at least 1 evaluation, found 0");
        self.watch = Some(Watch { patience: Some(patience), ..Watch::new(goal) });
    }

    pub(super) fn is_out_of_patience(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::is_out_of_patience)
    }
}

impl<'a, B> Run<'a, B> {
    /// Ends after this number of epochs: 1 by default.
    #[must_use]
    pub fn epochs(mut self, epochs: u64) -> Self {
        self.settings.limit = Limit::Epochs(epochs);
        self
    }

    /// Ends after this number of steps.
    #[must_use]
    pub fn steps(mut self, steps: u64) -> Self {
        self.settings.limit = Limit::Steps(steps);
        self
    }

    /// An evaluation is due after each `steps` steps instead of after each epoch.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn evaluate_every_steps(mut self, steps: u64) -> Self {
        self.settings.evaluate_every_steps(steps);
        self
    }

    /// The settings that all ranks have in common, by the names of their methods.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let Settings { limit, evaluate_every, watch, .. } = &self.settings;
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
        self.settings.limit.steps(self.plan.steps())
    }

    pub(crate) fn is_dry(&self) -> bool {
        self.settings.dry
    }

    pub(crate) fn looks_for_best(&self) -> bool {
        self.settings.watch.is_some()
    }

    /// The value of the metric that is watched, in the last evaluation.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn watched_value(&self) -> Option<f64> {
        let watch = self.settings.watch.as_ref()?;
        self.metrics.iter().find(|(name, _)| name == watch.goal.metric()).map(|(_, value)| *value)
    }

    #[cfg(feature = "checkpoints")]
    pub(crate) fn is_larger_better(&self) -> Option<bool> {
        self.settings.watch.as_ref().map(|watch| watch.goal.is_larger_better())
    }

    pub(crate) fn set_parameters(&mut self, parameters: usize) {
        self.parameters = Some(parameters);
    }

    /// The metric that says which evaluation is the best.
    #[must_use]
    pub fn best_by(mut self, goal: Goal) -> Self {
        self.settings.best_by(goal);
        self
    }

    /// Ends when this number of evaluations in a row wasn't better than the best before (early stopping).
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn stop_early(mut self, goal: Goal, patience: u64) -> Self {
        self.settings.stop_early(goal, patience);
        self
    }

    /// Ends after the step that is running when the time is over.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.settings.time_limit = Some(limit);
        self
    }

    /// Ends after two steps, to try a program.
    #[must_use]
    pub fn dry_run(mut self, dry: bool) -> Self {
        self.settings.dry = dry;
        self
    }

    /// Ends the run on request, such as by Ctrl-C, after the current step.
    #[must_use]
    pub fn stop_on(mut self, interrupt: &Interrupt) -> Self {
        self.settings.interrupt = Some(interrupt.clone());
        self
    }

    /// Tells a recorder, such as a progress bar, what happens. There may be several.
    #[must_use]
    pub fn record(mut self, recorder: impl Recorder + 'a) -> Self {
        self.settings.recorders.add(recorder);
        self
    }

    /// The name of an item, for rates such as `images` in a second: `items` by default. A loader that [counts another
    /// unit](crate::Loader::counting) names it.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.settings.unit = unit;
        self
    }
}
