//! The counters of a training loop: batches, limits, evaluations that are due, records.
//!
//! | file | contents |
//! |---|---|
//! | `run` | the loop by hand: its fields and results |
//! | `batches` | the next batch, and the reasons to stop |
//! | `events` | steps and evaluations: checked, counted, recorded |
//! | `settings` | length, interval of evaluations, recorders |
//! | `recorders` | calls of all recorders, and their errors |
//! | `report` | the results of a run |
//! | `ranks` | one of several ranks: its part of the batches, and when all end |
//! | `state` | position and counters, as checkpoints hold them |

mod batches;
mod events;
mod ranks;
mod recorders;
mod report;
mod settings;
mod state;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use ranks::Agreed;
pub use report::Report;
pub(crate) use settings::{Limit, Settings};
pub use state::RunState;

use crate::loader::Plan;
use crate::{Batched, Batches, Best, Loader, LossGuard, Position, Skipped, Stop};

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
    settings: Settings<'a>,
    plan: Arc<dyn Plan<B>>,
    batches: Option<Batches<B>>,
    /// The position of the next batch.
    position: Position,
    /// The epoch, counted from 0, and the number of the last batch, counted from 1.
    batch: (u64, u64),
    /// The number of items in that batch, or of the unit that is counted.
    count: usize,
    /// The items of this rank's part of it.
    own_items: usize,
    /// Where several ranks train together, the reason to end that they have agreed on.
    agreed: Option<Agreed>,
    step: u64,
    guard: LossGuard,
    first_step: u64,
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

impl<'a, B: Send + 'static> Run<'a, B> {
    /// A run over the batches of a loader: one epoch, with an evaluation after each epoch.
    #[must_use]
    pub fn new<T: Batched<Batch = B>>(train: &Loader<T>) -> Self {
        Self::with_settings(Settings::default(), train)
    }

    pub(crate) fn with_settings<T: Batched<Batch = B>>(
        settings: Settings<'a>,
        train: &Loader<T>,
    ) -> Self {
        let plan = train.plan();
        let position = plan.position(0, 0);
        Self {
            settings,
            plan,
            batches: None,
            position,
            batch: (0, 0),
            count: 0,
            own_items: 0,
            agreed: None,
            step: 0,
            guard: LossGuard::new(),
            first_step: 0,
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

    /// Ends the run, and tells the recorders.
    pub fn finish(mut self) -> Report {
        self.end(None);
        self.report()
    }

    pub(crate) fn report(&mut self) -> Report {
        // An epoch that wasn't finished.
        if let Some(batches) = self.batches.take() {
            self.skipped.add(batches.skipped());
        }
        Report {
            steps: self.step,
            stop: self.stop.clone().unwrap_or(Stop::Interrupted),
            loss: self.last_loss,
            metrics: std::mem::take(&mut self.metrics),
            best: self.best(),
            skipped: self.skipped.clone(),
            checkpoint: self.checkpoint.clone(),
            unrecorded: self.settings.recorders.take_errors(),
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
        self.saved_position()
    }

    fn saved_position(&self) -> Position {
        self.plan.position_to_save(self.position.epoch, self.position.batch)
    }

    /// The best evaluation so far.
    #[must_use]
    pub fn best(&self) -> Option<Best> {
        self.settings.watch.as_ref().and_then(|watch| watch.best)
    }

    /// Why the run is over; `None` while it runs.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stop> {
        self.stop.as_ref()
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
            .field("limit", &self.settings.limit)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}
