//! Trains one model: the usual loop.
//!
//! | file | contents |
//! |---|---|
//! | `trainer` | what is trained, how it is measured |
//! | `settings` | settings of the loop |
//! | `fit` | the loop |
//! | `ranks` | several ranks |
//! | `checkpoints` | what is saved, when, and how a run goes on |

#[cfg(feature = "checkpoints")]
mod checkpoints;
mod fit;
mod ranks;
mod settings;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use fit::Fit;
use nnx_core::module::{
    Filter, Loss, Module, Pass, State, value_and_grad_over_ranks, value_and_grad_uncommitted,
};
use nnx_core::optim::Chain;

use crate::loader::{EveryNth, Plan};
use crate::run::Settings;
use crate::{Batched, Batches, Collective, Loader, Position, Report, Scores, TrainError};

/// Trains a model on the batches of a loader (Lightning's `Trainer`, Keras' `Model.fit`): model and optimizer
/// first, then settings, then data and loss by [`fit`](Self::fit).
///
/// ```
/// use nnx_core::metrics::Accuracy;
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{nn::{Linear, softmax_cross_entropy}, optim::adam, random::Rngs, size::{U2, U3}};
/// use nnx_train::{Dataset, Goal, Items, Label, Trainer};
///
/// let flower = |i: usize| ([i as f32, 1.0], Label::<U3>::new(i % 3).unwrap());
/// let train = (0..3).map(flower).collect::<Items<_>>().loader(3)?;
/// let test = (0..3).map(flower).collect::<Items<_>>().loader(3)?;
///
/// let mut model = Linear::<U2, U3>::init(&mut Rngs::new(0));
/// let report = Trainer::new(&mut model, adam(0.1))
///     .epochs(200)
///     .evaluate(&test, |model, pass, (x, labels), scores| {
///         scores.of::<Accuracy>("accuracy").update(&model.forward(x, pass), &labels);
///     })
///     .stop_early(Goal::largest("accuracy"), 100)
///     .fit(&train, |model, pass, (x, labels)| softmax_cross_entropy(model.forward(x, pass), labels).mean())?;
/// assert_eq!(report.metric("accuracy"), Some(1.0));
/// # Ok::<(), nnx_train::TrainError>(())
/// ```
///
/// The types of the closures' arguments are known from the model and the loaders, so they are never written. Labels of a
/// wrong shape, or a loss that isn't a scalar, are errors of the compiler, in the closure where they are.
///
/// # Each step
/// 1. The next batch.
/// 2. Loss and gradients in a training pass.
/// 3. If one isn't finite, the run ends with an error that [says where](crate::NotFinite). The model is as after the
///    step before, with its running statistics and random streams.
/// 4. The gradients, [accumulated](Self::accumulate) and [clipped](Self::clip_by_global_norm), go to the optimizer.
/// 5. The [averaged weights](Self::average_weights) follow.
/// 6. If it is time: an evaluation, with the averaged weights if there are some.
///
/// 7. If it is time: a checkpoint, written in the background.
///
/// # After the run
/// The model has the weights that were evaluated last; with [`keep_best`](Self::keep_best) those of the best evaluation.
///
/// # Why this form
/// Three were weighed. A trait that the user implements for the model (`training_step`, `validation_step` as in
/// Lightning) needs a type for the batch, a type for the loss and a name for every hook before the first line of training. A
/// function with a struct of settings reads well, but its closures come before the types that they need, so their
/// arguments would have to be annotated. A builder that starts with the model, and takes each loader together with
/// the closure for its batches, knows both types before the closure, leaves out what isn't used, and ends in the one line that
/// differs from program to program: the loss. Its own type is short, as editors show it: the batch isn't a part of it.
///
/// Unusual loops, such as for two models that train each other, are written by hand with the same parts:
/// [`Run`](crate::Run).
pub struct Trainer<'a, M> {
    model: &'a mut M,
    chain: Chain,
    settings: Settings<'a>,
    filter: Filter,
    evaluations: Vec<Evaluate<'a, M>>,
    /// What several ranks compare of the data of each evaluation.
    evaluation_data: Vec<Position>,
    samples: Vec<Sample<'a, M>>,
    clip: Option<f64>,
    accumulate: u32,
    decay: Option<f64>,
    keep_best: bool,
    allow_broken_gradients: bool,
    /// The ranks that train together, if there are several.
    ranks: Option<Arc<dyn Collective>>,
    #[cfg(feature = "signals")]
    ctrl_c: bool,
    #[cfg(feature = "checkpoints")]
    checkpoints: checkpoints::Settings,
}

/// Measures a model with some weights in place of its own.
type Evaluate<'a, M> = Box<dyn Fn(&M, &State, &Extent, &mut Scores) -> Result<(), TrainError> + 'a>;

/// What an evaluation reads: at most `most` batches, of those that belong to rank `rank` of `ranks`.
struct Extent {
    most: usize,
    rank: usize,
    ranks: usize,
}

/// Prints a sample of what a model computes.
type Sample<'a, M> = Box<dyn Fn(&M) -> Result<String, Box<dyn Error + Send + Sync>> + 'a>;

impl<'a, M: Module> Trainer<'a, M> {
    /// Trains `model` by `optimizer`, such as `adam(1e-3)`: one epoch, where no setting says otherwise. Begins by
    /// [`fit`](Self::fit).
    #[must_use]
    pub fn new(model: &'a mut M, optimizer: impl Into<Chain>) -> Self {
        Self {
            model,
            chain: optimizer.into(),
            settings: Settings::default(),
            filter: Filter::everything(),
            evaluations: Vec::new(),
            evaluation_data: Vec::new(),
            samples: Vec::new(),
            clip: None,
            accumulate: 1,
            decay: None,
            keep_best: false,
            allow_broken_gradients: false,
            ranks: None,
            #[cfg(feature = "signals")]
            ctrl_c: false,
            #[cfg(feature = "checkpoints")]
            checkpoints: checkpoints::Settings::default(),
        }
    }

    /// Measures the model on the batches of a loader, after each epoch or [every so many
    /// steps](Self::evaluate_every_steps): `measure` runs the model on a batch, and adds it to the scores. May be called
    /// for several loaders, with other names of metrics.
    #[must_use]
    pub fn evaluate<T: Batched>(
        mut self,
        batches: &Loader<T>,
        measure: impl Fn(&M, &mut Pass, T::Batch, &mut Scores) + 'a,
    ) -> Self {
        let batches = batches.clone();
        let plan = batches.plan();
        // `position` makes no digests, so no item is read before its evaluation.
        self.evaluation_data.push(plan.position(0, 0));
        self.evaluations.push(Box::new(move |model, weights, extent, scores| {
            let plan = batches.plan();
            if extent.ranks > 1 && plan.shard().1 > 1 {
                return Err(TrainError::Setting(
                    "evaluate: the loader is sharded, but `distributed` shares whole batches; leave `sharded` out",
                ));
            }
            let (rank, ranks) = (extent.rank as u64, extent.ranks as u64);
            let plan: Arc<dyn Plan<T::Batch>> = match ranks {
                1 => plan,
                _ => Arc::new(EveryNth { plan, rank, ranks }),
            };
            for batch in Batches::new(plan, 0, 0, false).take(extent.most) {
                let mut pass = Pass::eval_with(model, weights).map_err(nnx_core::Error::from)?;
                measure(model, &mut pass, batch?, scores);
                pass.error().map_or(Ok(()), |error| Err(TrainError::of_pass(error)))?;
            }
            Ok(())
        }));
        self
    }

    /// Shows a text about the model after each evaluation, such as a sample of what it writes. The model has the weights
    /// that are trained.
    ///
    /// ```
    /// # use nnx_core::module::{Init, Layer};
    /// # use nnx_core::{nn::Linear, optim::sgd, random::Rngs, size::U1};
    /// use nnx_train::{Dataset, Items, Trainer};
    ///
    /// let train = Items(vec![[1.0f32], [2.0]]).loader(2)?;
    /// let mut model = Linear::<U1, U1>::init(&mut Rngs::new(0));
    /// Trainer::new(&mut model, sgd(0.1))
    ///     .sample(|model| Ok(format!("the weight is {}", model.kernel.value())))
    ///     .fit(&train, |model, pass, x| model.forward(x, pass).square().mean())?;
    /// # Ok::<(), nnx_train::TrainError>(())
    /// ```
    #[must_use]
    pub fn sample(
        mut self,
        text: impl Fn(&M) -> Result<String, Box<dyn Error + Send + Sync>> + 'a,
    ) -> Self {
        self.samples.push(Box::new(text));
        self
    }

    /// Runs the training on the batches of `train`. `loss` computes the mean loss of a batch, as for
    /// [`value_and_grad`](nnx_core::module::value_and_grad).
    ///
    /// # Errors
    /// A loss or a gradient that isn't finite; a batch that can't be made; an error of the model or of a sample.
    /// The model then has the weights of the last good step.
    ///
    /// # Panics
    /// As the optimizer, which is made here: if nothing is trained, or a setting is invalid.
    pub fn fit<T: Batched, L: Loss>(
        self,
        train: &Loader<T>,
        loss: impl Fn(&M, &mut Pass, T::Batch) -> L,
    ) -> Result<Report, TrainError> {
        Fit::new(self, train)?.run(&mut |filter, model, batch, ranks| {
            let loss = |model: &M, pass: &mut Pass| loss(model, pass, batch);
            let step = match ranks {
                None => value_and_grad_uncommitted(filter, model, loss)?,
                Some((ranks, watch)) => {
                    value_and_grad_over_ranks(filter, model, ranks, watch, loss)?
                }
            };
            Ok((step.loss, step.gradients, step.pass))
        })
    }
}

impl<M> fmt::Debug for Trainer<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("chain", &self.chain)
            .field("filter", &self.filter)
            .field("accumulate", &self.accumulate)
            .field("limit", &self.settings.limit)
            .finish_non_exhaustive()
    }
}
