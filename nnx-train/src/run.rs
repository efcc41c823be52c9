//! The counters of a training loop: batches, limits, evaluations that are due, records.
//!
//! | file | contents |
//! |---|---|
//! | `run` | the loop by hand |
//! | `settings` | how long, how often, who watches |
//! | `recorders` | those who watch, and their errors |
//! | `report` | what came out |
//! | `state` | where it is, to be saved |

mod recorders;
mod report;
mod settings;
mod state;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nnx_core::module::State;
use nnx_core::optim::Optimizer;
use recorders::Recorders;
pub use report::Report;
pub(crate) use settings::Limit;
pub use state::RunState;

use crate::goal::Watch;
use crate::loader::Plan;
use crate::{
    Batches, Best, Collate, DataError, Ended, Evaluated, Interrupt, Loader, LoadingError,
    LossGuard, Position, Scores, Skipped, Started, Stepped, Stop, TrainError,
};

/// A training loop by hand: gives batches until a limit is reached, checks what each step computed, says when to
/// evaluate, and tells [recorders](crate::Recorder). What happens to the models is written by the program, so there may
/// be several of them, with several optimizers.
///
/// A [`Trainer`](crate::Trainer) is this loop for one model.
///
/// ```
/// use nnx_core::metrics::MeanAbsoluteError;
/// use nnx_core::module::{Init, Layer, state, value_and_grad};
/// use nnx_core::{nn::Linear, optim::{Optimizer, adam}, random::Rngs, size::{U1, U2}};
/// use nnx_train::{Dataset, Items, Run, evaluate};
///
/// let rows = Items(vec![([1.0f32, 2.0], [3.0f32]), ([2.0, 0.5], [2.5]), ([0.0, 1.0], [1.0])]);
/// let test = rows.clone().loader(3)?;
/// let train = rows.loader(1)?.shuffled(0);
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, adam(0.05));
/// let mut run = Run::new(&train).epochs(100);
/// while let Some((x, y)) = run.next_batch()? {
///     let (loss, grads) = value_and_grad(&mut model, |model, pass| {
///         (model.forward(x, pass) - y).square().mean()
///     })?;
///     run.check(loss, &grads, || state(&model))?;
///     optimizer.update(&mut model, grads)?;
///     run.step(loss, &optimizer);
///     if run.evaluation_is_due() {
///         run.evaluated(evaluate(&test, |(x, y), scores| {
///             scores.of::<MeanAbsoluteError>("error").update(&model.infer(x), &y);
///         })?)?;
///     }
/// }
/// let report = run.finish();
/// assert!(report.metric("error").unwrap() < 0.1);
/// # Ok::<(), nnx_train::TrainError>(())
/// ```
pub struct Run<'a, B> {
    plan: Arc<dyn Plan<B>>,
    batches: Option<Batches<B>>,
    /// The batch to come next.
    position: Position,
    /// The epoch, from 0, and the number, from 1, of the batch that was given last.
    batch: (u64, u64),
    /// The items of that batch, or what else is counted.
    count: usize,
    step: u64,
    guard: LossGuard,
    watch: Option<Watch>,
    limit: Limit,
    first_step: u64,
    evaluate_every: Option<u64>,
    time_limit: Option<Duration>,
    dry: bool,
    interrupt: Option<Interrupt>,
    unit: &'static str,
    counting: Option<Box<dyn Fn(&B) -> usize + 'a>>,
    recorders: Recorders<'a>,
    clock: Option<Clock>,
    last_loss: f32,
    metrics: Vec<(String, f64)>,
    /// The step of the last evaluation.
    evaluated: Option<u64>,
    skipped: Skipped,
    stop: Option<Stop>,
    ended: bool,
    parameters: Option<usize>,
    /// The last checkpoint.
    pub(crate) checkpoint: Option<PathBuf>,
}

/// When a run began, and when the last step, evaluation or checkpoint was done.
struct Clock {
    started: Instant,
    last: Instant,
}

impl<B: Send + 'static> Run<'_, B> {
    /// A run over the batches of a loader: one epoch, with an evaluation after each epoch.
    #[must_use]
    pub fn new<T: Collate + 'static>(train: &Loader<T, B>) -> Self {
        Self::of_plan(train.plan())
    }

    pub(crate) fn of_plan(plan: Arc<dyn Plan<B>>) -> Self {
        let position = plan.position(0, 0);
        Self {
            plan,
            batches: None,
            position,
            batch: (0, 0),
            count: 0,
            step: 0,
            guard: LossGuard::new(),
            watch: None,
            limit: Limit::Epochs(1),
            first_step: 0,
            evaluate_every: None,
            time_limit: None,
            dry: false,
            interrupt: None,
            unit: "items",
            counting: None,
            recorders: Recorders::default(),
            clock: None,
            last_loss: f32::NAN,
            metrics: Vec::new(),
            evaluated: None,
            skipped: Skipped::default(),
            stop: None,
            ended: false,
            parameters: None,
            checkpoint: None,
        }
    }

    /// The next batch to train on; none when the run is over.
    ///
    /// # Errors
    /// A batch that can't be made.
    pub fn next_batch(&mut self) -> Result<Option<B>, TrainError> {
        self.start();
        self.stop = self.stop.take().or_else(|| self.reason_to_stop());
        let mut empty = false;
        while self.stop.is_none() {
            let position = self.position;
            let plan = &self.plan;
            let batches = self.batches.get_or_insert_with(|| {
                Batches::new(Arc::clone(plan), position.epoch, position.batch, false)
            });
            if let Some(batch) = batches.next() {
                let batch = batch?;
                self.position = Batches::position(batches);
                self.batch = (position.epoch, self.position.batch);
                self.count = match &self.counting {
                    Some(count) => count(&batch),
                    None => self.items_of(self.position.batch),
                };
                return Ok(Some(batch));
            }
            // The epoch is over; its last batches may have been left out.
            if std::mem::replace(&mut empty, true) {
                self.skipped.add(batches.skipped());
                return Err(
                    DataError::from(LoadingError::AllBroken(self.skipped.to_string())).into()
                );
            }
            self.next_epoch();
            self.stop = self.reason_to_stop();
        }
        Ok(None)
    }

    /// Checks that the loss and the gradients of a step are finite, before the optimizer uses them; see
    /// [`LossGuard::check_step`].
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

    /// The same for the loss alone.
    pub(crate) fn check_loss(&mut self, loss: f32) -> Result<(), TrainError> {
        let checked = self.guard.check(loss);
        self.checked(checked, loss)
    }

    fn checked(
        &mut self,
        checked: Result<f32, crate::NotFinite>,
        loss: f32,
    ) -> Result<(), TrainError> {
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
        self.recorders.each(|recorder| recorder.step(&record));
    }

    /// Whether the model is to be evaluated now: after each epoch, or [every so many
    /// steps](Self::evaluate_every_steps), and after the last step.
    #[must_use]
    pub fn evaluation_is_due(&self) -> bool {
        let regular = match self.evaluate_every {
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
        let best = match &mut self.watch {
            Some(watch) => watch.look(self.step, &self.metrics)?,
            None => false,
        };
        let (step, epoch, metrics) = (self.step, self.batch.0, &*self.metrics);
        let record = Evaluated { step, epoch, metrics, best, duration, parameters };
        self.recorders.each(|recorder| recorder.evaluation(&record));
        if self.watch.as_ref().is_some_and(Watch::is_out_of_patience) && self.stop.is_none() {
            self.stop = Some(Stop::NoImprovement);
        }
        Ok(best)
    }

    /// There is nothing to evaluate after this step.
    pub(crate) fn no_evaluation(&mut self) {
        self.evaluated = Some(self.step);
    }

    /// Tells the recorders something else that a person wants to read.
    pub fn note(&mut self, text: &str) {
        self.recorders.each(|recorder| recorder.note(text));
        self.lap();
    }

    /// Ends the run, and tells the recorders.
    pub fn finish(mut self) -> Report {
        self.end(None);
        self.report()
    }

    pub(crate) fn report(&mut self) -> Report {
        Report {
            steps: self.step,
            stop: self.stop.clone().unwrap_or(Stop::Interrupted),
            loss: self.last_loss,
            metrics: std::mem::take(&mut self.metrics),
            best: self.best(),
            skipped: self.skipped.clone(),
            checkpoint: self.checkpoint.clone(),
            unrecorded: self.recorders.take_errors(),
        }
    }

    /// The number of steps so far.
    #[must_use]
    pub fn steps_done(&self) -> u64 {
        self.step
    }

    /// The position of the next batch.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The best evaluation so far.
    #[must_use]
    pub fn best(&self) -> Option<Best> {
        self.watch.as_ref().and_then(|watch| watch.best)
    }

    /// Why the run is over; none while it goes on.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    fn next_epoch(&mut self) {
        if let Some(batches) = self.batches.take() {
            self.skipped.add(batches.skipped());
        }
        self.position = self.plan.position(self.position.epoch + 1, 0);
    }

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
            steps: Some(if self.dry { self.step + 2 } else { self.limit.steps(per_epoch) }),
            steps_per_epoch: Some(per_epoch),
            unit: self.unit,
            parameters: self.parameters,
        };
        self.recorders.each(|recorder| recorder.start(&record));
    }

    fn reason_to_stop(&self) -> Option<Stop> {
        let Position { epoch, .. } = self.position;
        let elapsed = self.clock.as_ref().map_or(Duration::ZERO, |clock| clock.started.elapsed());
        if self.limit.is_reached(self.step, epoch) {
            Some(Stop::Finished)
        } else if self.dry && self.step >= self.first_step + 2 {
            Some(Stop::DryRun)
        } else if self.interrupt.as_ref().is_some_and(Interrupt::is_requested) {
            Some(Stop::Interrupted)
        } else if self.time_limit.is_some_and(|limit| elapsed >= limit) {
            Some(Stop::TimeLimit)
        } else if self.watch.as_ref().is_some_and(Watch::is_out_of_patience) {
            Some(Stop::NoImprovement)
        } else {
            None
        }
    }

    /// The items of a batch, by its number from 1.
    fn items_of(&self, batch: u64) -> usize {
        let Position { items, batch_size, .. } = self.position;
        usize::try_from(items.saturating_sub((batch - 1) * batch_size).min(batch_size))
            .unwrap_or(usize::MAX)
    }
}

impl<B> Run<'_, B> {
    /// The time since the last lap.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let last = self.clock.as_mut().map(|clock| std::mem::replace(&mut clock.last, now));
        last.map_or(Duration::ZERO, |last| now - last)
    }

    /// Tells the recorders, once.
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
        self.recorders.each(|recorder| recorder.end(&record));
    }
}

/// A loop that is left by an error ends the records.
impl<B> Drop for Run<'_, B> {
    fn drop(&mut self) {
        if self.clock.is_some() {
            self.end(Some("the loop was left before its end".to_owned()));
        }
    }
}

impl<B> fmt::Debug for Run<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("step", &self.step)
            .field("position", &self.position)
            .field("limit", &self.limit)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}
