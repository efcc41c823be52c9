//! Settings of the loop.

use std::time::Duration;

use nnx_core::module::Filter;

use super::Trainer;
use crate::run::Limit;
use crate::{Goal, Interrupt, Recorder};

impl<'a, M> Trainer<'a, M> {
    /// Ends after this number of epochs: 1 by default.
    #[must_use]
    #[doc(alias = "max_epochs")]
    pub fn epochs(mut self, epochs: u64) -> Self {
        self.settings.limit = Limit::Epochs(epochs);
        self
    }

    /// Ends after this number of steps, over as many epochs as it takes.
    #[must_use]
    #[doc(alias = "max_steps")]
    pub fn steps(mut self, steps: u64) -> Self {
        self.settings.limit = Limit::Steps(steps);
        self
    }

    /// Evaluates after each `steps` steps instead of after each epoch. The last step is followed by an evaluation in
    /// either case.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    #[doc(alias = "val_check_interval")]
    pub fn evaluate_every_steps(mut self, steps: u64) -> Self {
        self.settings.evaluate_every_steps(steps);
        self
    }

    /// The metric that says which evaluation is the best.
    #[must_use]
    pub fn best_by(mut self, goal: Goal) -> Self {
        self.settings.best_by(goal);
        self
    }

    /// Early stopping: ends when this number of evaluations in a row wasn't better than the best before.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    #[doc(alias = "EarlyStopping")]
    pub fn stop_early(mut self, goal: Goal, patience: u64) -> Self {
        self.settings.stop_early(goal, patience);
        self
    }

    /// Gives the model the weights of the best evaluation when the run is over (`restore_best_weights` in Keras). It
    /// costs one copy of the model. [`best_by`](Self::best_by) or [`stop_early`](Self::stop_early) say what is best.
    #[must_use]
    #[doc(alias = "restore_best_weights")]
    pub fn keep_best(mut self) -> Self {
        self.keep_best = true;
        self
    }

    /// Ends after the step that is running when the time is over. The time counts from the start of this process's part
    /// of the run.
    #[must_use]
    #[doc(alias = "max_time")]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.settings.time_limit = Some(limit);
        self
    }

    /// A dry run: two steps, and an evaluation on two batches. Then the model is restored. Nothing is saved.
    #[must_use]
    #[doc(alias = "fast_dev_run")]
    pub fn dry_run(mut self, dry: bool) -> Self {
        self.settings.dry = dry;
        self
    }

    /// Ends after the step that is running when it is requested.
    #[must_use]
    pub fn stop_on(mut self, interrupt: &Interrupt) -> Self {
        self.settings.interrupt = Some(interrupt.clone());
        self
    }

    /// Ends after the step that is running at Ctrl-C, `SIGTERM` or `SIGHUP`; see [`Interrupt::on_ctrl_c`].
    #[cfg(feature = "signals")]
    #[must_use]
    pub fn stop_on_ctrl_c(mut self) -> Self {
        self.ctrl_c = true;
        self
    }

    /// Adds a recorder of the run, such as a progress bar. There may be several.
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

    /// Trains only the parameters that a filter selects; all others are frozen, as by
    /// [`Optimizer::within`](nnx_core::optim::Optimizer::within).
    #[must_use]
    #[doc(alias = "requires_grad")]
    pub fn only(mut self, filter: &Filter) -> Self {
        self.filter = filter.clone();
        self
    }

    /// Scales the gradients so that their global norm is at most `norm`
    /// ([`clip_by_global_norm`](nnx_core::optim::clip_by_global_norm)), after accumulation.
    #[must_use]
    #[doc(alias = "gradient_clip_val")]
    #[doc(alias = "clip_grad_norm_")]
    pub fn clip_by_global_norm(mut self, norm: f64) -> Self {
        self.clip = Some(norm);
        self
    }

    /// Gradient accumulation: the optimizer takes one step for each `batches` batches, by their mean gradient
    /// ([`every`](nnx_core::optim::every)). Steps of the loop are batches; schedules count the optimizer's steps.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    #[doc(alias = "accumulate_grad_batches")]
    pub fn accumulate(mut self, batches: u32) -> Self {
        assert!(batches > 0, "accumulate: expected at least 1 batch, found 0");
        self.accumulate = batches;
        self
    }

    /// Evaluates an exponential moving average of the weights in place of the weights, and gives it to the model at the
    /// end ([`AveragedWeights`](nnx_core::optim::AveragedWeights)): `decay` is the share of the old average, such as
    /// 0.999.
    #[must_use]
    #[doc(alias = "EMA")]
    pub fn average_weights(mut self, decay: f64) -> Self {
        self.decay = Some(decay);
        self
    }

    /// Leaves gradients that aren't finite to the optimizer, such as
    /// [`apply_if_finite`](nnx_core::optim::apply_if_finite). The loss must still be finite.
    #[must_use]
    pub fn allow_broken_gradients(mut self) -> Self {
        self.allow_broken_gradients = true;
        self
    }
}
