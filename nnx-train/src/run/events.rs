//! The events of a run: each is checked and counted, and sent to the recorders.

use std::time::{Duration, Instant};

use nnx_core::module::State;
use nnx_core::optim::Optimizer;

use super::{Clock, Run};
use crate::{Ended, Evaluated, NotFinite, Scores, Started, Stepped, Stop, TrainError};

impl<B: Send + 'static> Run<'_, B> {
    /// Starts the clock, and tells the recorders, once.
    pub(crate) fn start(&mut self) {
        if self.clock.is_some() {
            return;
        }
        let now = Instant::now();
        self.clock = Some(Clock { started: now, last: now });
        self.first_step = self.step;
        let per_epoch = self.plan.steps();
        let record = Started {
            step: self.step,
            steps: Some(if self.settings.dry {
                self.step + 2
            } else {
                self.settings.limit.steps(per_epoch)
            }),
            steps_per_epoch: Some(per_epoch),
            unit: self.plan.unit().unwrap_or(self.settings.unit),
            parameters: self.parameters,
        };
        self.settings.recorders.each(|recorder| recorder.start(&record));
    }

    /// Checks that the loss and the gradients of a step are finite, before the optimizer uses them; see
    /// [`LossGuard::check_step`](crate::LossGuard::check_step).
    ///
    /// # Errors
    /// A loss or a gradient that isn't finite.
    pub fn check(
        &mut self,
        loss: f32,
        gradients: &State,
        variables: impl FnOnce() -> State,
    ) -> Result<(), TrainError> {
        let checked = self.guard.check_step(loss, gradients, variables);
        self.checked(checked, loss)
    }

    /// Checks the loss alone, before the gradients are known.
    pub(crate) fn check_loss(&mut self, loss: f32) -> Result<(), TrainError> {
        let checked = self.guard.check(loss);
        self.checked(checked, loss)
    }

    fn checked(&mut self, checked: Result<f32, NotFinite>, loss: f32) -> Result<(), TrainError> {
        let (epoch, batch) = self.batch;
        if let Err(error) = checked {
            self.record_step(loss, None);
            return Err(error.at_batch(epoch, batch).into());
        }
        Ok(())
    }

    /// Counts a step, after the optimizer, and tells the recorders. The step's learning rate is the optimizer's.
    pub fn step(&mut self, loss: f32, optimizer: &Optimizer) {
        self.step_with_rate(loss, optimizer.learning_rate());
    }

    /// As [`step`](Self::step), with a learning rate from elsewhere, or none: where there are several optimizers.
    pub fn step_with_rate(&mut self, loss: f32, learning_rate: Option<f64>) {
        self.record_step(loss, learning_rate);
        if self.position.batch >= self.plan.steps() {
            self.next_epoch();
        }
        self.stop = self.reason_to_stop();
    }

    fn record_step(&mut self, loss: f32, learning_rate: Option<f64>) {
        self.step += 1;
        self.last_loss = loss;
        let (epoch, batch) = self.batch;
        let duration = self.lap();
        let (step, count) = (self.step, self.count);
        let record = Stepped { step, epoch, batch, loss, learning_rate, count, duration };
        self.settings.recorders.each(|recorder| recorder.step(&record));
    }

    /// Whether the model should be evaluated now: after each epoch, or [every so many
    /// steps](Self::evaluate_every_steps), and after the last step.
    #[must_use]
    pub fn evaluation_is_due(&self) -> bool {
        let regular = match self.settings.evaluate_every {
            Some(steps) => self.step.is_multiple_of(steps),
            None => self.position.batch == 0,
        };
        let at_the_end = matches!(self.stop, Some(Stop::Finished | Stop::DryRun));
        self.evaluated != Some(self.step) && self.step > 0 && (regular || at_the_end)
    }

    /// Takes the scores of an evaluation, and tells the recorders. Returns whether they are the best so far.
    ///
    /// # Errors
    /// If the scores lack the metric that [says which is the best](Self::best_by).
    pub fn evaluated(&mut self, scores: Scores) -> Result<bool, TrainError> {
        self.evaluated_with(scores.values(), None)
    }

    pub(crate) fn evaluated_with(
        &mut self,
        metrics: Vec<(String, f64)>,
        parameters: Option<&State>,
    ) -> Result<bool, TrainError> {
        let duration = self.lap();
        self.metrics = metrics;
        self.evaluated = Some(self.step);
        let best = match &mut self.settings.watch {
            Some(watch) => watch.look(self.step, &self.metrics)?,
            None => false,
        };
        let (step, epoch, metrics) = (self.step, self.batch.0, &*self.metrics);
        let record = Evaluated { step, epoch, metrics, best, duration, parameters };
        self.settings.recorders.each(|recorder| recorder.evaluation(&record));
        if self.settings.is_out_of_patience() && self.stop.is_none() {
            self.stop = Some(Stop::NoImprovement);
        }
        Ok(best)
    }

    /// No evaluation is due after this step.
    pub(crate) fn no_evaluation(&mut self) {
        self.evaluated = Some(self.step);
    }

    /// Tells the recorders something else that a person wants to read.
    pub fn note(&mut self, text: &str) {
        self.settings.recorders.each(|recorder| recorder.note(text));
        self.lap();
    }
}

impl<B> Run<'_, B> {
    /// The time since the last call.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let last = self.clock.as_mut().map(|clock| std::mem::replace(&mut clock.last, now));
        last.map_or(Duration::ZERO, |last| now - last)
    }

    /// Sends the end to the recorders, once.
    pub(crate) fn end(&mut self, error: Option<String>) {
        if self.ended {
            return;
        }
        self.ended = true;
        let stop = self.stop.clone().unwrap_or(Stop::Interrupted);
        let reason = error.map_or(stop, Stop::Failed);
        let duration = self.clock.as_ref().map_or(Duration::ZERO, |clock| clock.started.elapsed());
        let checkpoint = self.checkpoint.clone();
        let record = Ended { step: self.step, reason, duration, checkpoint };
        self.settings.recorders.each(|recorder| recorder.end(&record));
    }
}
