//! The loop of a [`Trainer`].

use std::sync::Arc;

use nnx_core::module::{Filter, GradientWatch, Module, Pass, State, kind, state_of, update_of};
use nnx_core::ops::Ranks;
use nnx_core::optim::{AveragedWeights, Chain, Optimizer, clip_by_global_norm, every};

use super::{Evaluate, Extent, Sample, Trainer, ranks};
use crate::collective::Together;
use crate::{Batched, Loader, Report, Run, Scores, Stop, TrainError, broadcast_model};

/// The state of a [`Trainer`] while it runs.
pub(super) struct Fit<'a, M, B> {
    pub(super) model: &'a mut M,
    pub(super) run: Run<'a, B>,
    pub(super) optimizer: Optimizer,
    /// The variables that gradients are taken of.
    pub(super) filter: Filter,
    /// The ranks that train together, if there are several.
    pub(super) together: Option<Together>,
    pub(super) average: Option<AveragedWeights>,
    evaluations: Vec<Evaluate<'a, M>>,
    samples: Vec<Sample<'a, M>>,
    accumulate: u32,
    pub(super) keep_best: bool,
    /// The model at its best evaluation.
    pub(super) best: Option<State>,
    /// The model before a dry run.
    before: Option<State>,
    allow_broken_gradients: bool,
    #[cfg(feature = "checkpoints")]
    pub(super) keeper: Option<super::checkpoints::Keeper>,
    /// When rank 0 saves.
    #[cfg(feature = "checkpoints")]
    pub(super) saves: Option<super::checkpoints::Saves>,
}

/// Loss, gradients and pass of a batch, on one of several ranks or alone.
pub(super) type Step<'s, M, B> = &'s mut dyn FnMut(
    &Filter,
    &M,
    B,
    Option<(Arc<dyn Ranks>, &mut dyn GradientWatch)>,
) -> Result<(f64, State, Pass), nnx_core::Error>;

/// Selects the variables that can be set: those of shared modules are read-only.
fn owned() -> Filter {
    !Filter::kind::<kind::ReadOnly>()
}

/// The variables of a model that can be set.
pub(super) fn owned_state<M: Module>(model: &M) -> State {
    state_of(&owned(), model)
}

impl<'a, M: Module, B: Send + 'static> Fit<'a, M, B> {
    pub(super) fn new<T: Batched<Batch = B>>(
        mut trainer: Trainer<'a, M>,
        train: &Loader<T>,
    ) -> Result<Self, TrainError> {
        let mut run = Run::with_settings(std::mem::take(&mut trainer.settings), train);
        let filter = Filter::kind::<kind::Param>() & trainer.filter.clone();
        let together = match trainer.ranks.take() {
            None => None,
            Some(ranks) => {
                run.share(&*ranks)?;
                ranks::handshake(&*ranks, &trainer, &run)?;
                broadcast_model(&*ranks, trainer.model)?;
                Some(Together::new(ranks, &filter, trainer.model))
            }
        };
        let Trainer { model, chain, accumulate, keep_best, .. } = trainer;
        let dry = run.is_dry();
        if keep_best && !run.looks_for_best() {
            return Err(TrainError::Setting(
                "keep_best: nothing says which evaluation is the best; add `best_by(Goal::largest(..))` or `stop_early`",
            ));
        }
        if run.looks_for_best() && trainer.evaluations.is_empty() {
            return Err(TrainError::Setting(
                "the best model is chosen by a metric, but nothing is evaluated; add `evaluate(&test, ..)`",
            ));
        }
        #[cfg(feature = "signals")]
        if trainer.ctrl_c {
            run = run.stop_on(&crate::Interrupt::on_ctrl_c()?);
        }
        let chain = match trainer.clip {
            Some(norm) => Chain::new().then(clip_by_global_norm(norm)).then(chain),
            None => chain,
        };
        let chain = if accumulate > 1 { every(accumulate, chain).into() } else { chain };
        #[cfg(feature = "checkpoints")]
        let (keeper, saves, resumes) = {
            let is_first = together.as_ref().is_none_or(Together::is_first);
            let keeper = match is_first {
                true => trainer.checkpoints.open(run.is_larger_better(), dry),
                false => Ok(None),
            };
            let keeper = match &together {
                Some(together) => together.agree(keeper)?,
                None => keeper?,
            };
            (keeper, trainer.checkpoints.saves(dry), trainer.checkpoints.resumes())
        };
        run.set_parameters(nnx_core::module::parameters(model));
        #[cfg_attr(not(feature = "checkpoints"), expect(unused_mut, reason = "nothing is loaded"))]
        let mut fit = Self {
            optimizer: Optimizer::within::<kind::Param, M>(&trainer.filter, model, chain),
            average: trainer.decay.map(|decay| AveragedWeights::new(model, decay)),
            filter,
            together,
            before: dry.then(|| owned_state(model)),
            model,
            run,
            evaluations: trainer.evaluations,
            samples: trainer.samples,
            accumulate,
            keep_best,
            best: None,
            allow_broken_gradients: trainer.allow_broken_gradients,
            #[cfg(feature = "checkpoints")]
            keeper,
            #[cfg(feature = "checkpoints")]
            saves,
        };
        #[cfg(feature = "checkpoints")]
        if resumes {
            fit.resume()?;
        }
        Ok(fit)
    }

    pub(super) fn run(mut self, step: Step<'_, M, B>) -> Result<Report, TrainError> {
        let done = self.train(step).and_then(|()| self.end());
        self.run.end(done.as_ref().err().map(ToString::to_string));
        done.map(|()| self.run.report())
    }

    fn train(&mut self, step: Step<'_, M, B>) -> Result<(), TrainError> {
        while let Some(batch) = self.next_batch()? {
            self.step(step, batch)?;
            let is_due = self.run.evaluation_is_due();
            if is_due {
                self.evaluate()?;
            }
            #[cfg(feature = "checkpoints")]
            self.save_if_due(is_due)?;
        }
        // An epoch whose last batches were left out ends without a step: its evaluation is still due.
        if self.run.evaluation_is_due() {
            self.evaluate()?;
        }
        #[cfg(feature = "checkpoints")]
        self.save_last()?;
        self.say_how_to_go_on();
        Ok(())
    }

    /// Where a run that was stopped from outside is saved.
    fn say_how_to_go_on(&mut self) {
        if !matches!(self.run.stopped(), Some(Stop::Interrupted | Stop::TimeLimit)) {
            return;
        }
        let step = self.run.steps_done();
        let text = match &self.run.checkpoint {
            Some(file) => {
                format!("step {step} is saved as {}: go on with `--resume`", file.display())
            }
            None => format!(
                "step {step} isn't saved: add `checkpoints(directory)` to go on another time"
            ),
        };
        self.run.note(&text);
    }

    #[allow(clippy::cast_possible_truncation, reason = "a loss is shown as f32")]
    fn step(&mut self, step: Step<'_, M, B>, batch: B) -> Result<(), TrainError> {
        let (loss, gradients, pass) = self.gradients(step, batch)?;
        let loss = loss as f32;
        if self.allow_broken_gradients {
            self.run.check_loss(loss)?;
        } else {
            self.run.check(loss, &gradients, || owned_state(self.model))?;
        }
        let rate = self.optimizer.learning_rate();
        self.optimizer.update(self.model, gradients)?;
        pass.commit(self.model)?;
        if let Some(average) = &mut self.average
            && self.optimizer.step().is_multiple_of(self.accumulate.into())
        {
            average.update(self.model).map_err(nnx_core::Error::from)?;
        }
        self.run.step_with_rate(loss, rate);
        Ok(())
    }

    /// The weights with which the model is evaluated.
    fn weights(&self) -> Result<State, nnx_core::Error> {
        let params = self.optimizer.evaluation_params(self.model)?;
        Ok(match &self.average {
            Some(average) if self.optimizer.step() >= self.accumulate.into() => average.averages(),
            _ => params,
        })
    }

    /// All variables of the model, with the weights to evaluate it with.
    fn evaluated_state(&self) -> Result<State, nnx_core::Error> {
        let mut all = owned_state(self.model);
        for (path, entry) in self.weights()? {
            all.insert(path, entry);
        }
        Ok(all)
    }

    fn evaluate(&mut self) -> Result<(), TrainError> {
        if self.evaluations.is_empty() {
            self.run.no_evaluation();
        } else {
            let weights = self.weights()?;
            let metrics = self.merged(self.measure(&weights))?;
            let best = self.run.evaluated_with(metrics, Some(&weights))?;
            if best && self.keep_best {
                self.best = Some(self.evaluated_state()?);
            }
        }
        if self.samples.is_empty() {
            return Ok(());
        }
        let shown = if self.is_first() { self.show_samples() } else { Ok(()) };
        self.agree(shown)
    }

    fn show_samples(&mut self) -> Result<(), TrainError> {
        for sample in &self.samples {
            let text = sample(self.model).map_err(TrainError::Other)?;
            self.run.note(&text);
        }
        Ok(())
    }

    /// The metrics of this rank's batches.
    fn measure(&self, weights: &State) -> Result<Scores, TrainError> {
        let mut scores = Scores::new();
        let most = if self.before.is_some() { 2 } else { usize::MAX };
        let ranks = self.together.as_ref().map(Together::ranks);
        let (rank, ranks) = ranks.map_or((0, 1), |ranks| (ranks.rank(), ranks.size()));
        for evaluate in &self.evaluations {
            evaluate(self.model, weights, &Extent { most, rank, ranks }, &mut scores)?;
        }
        Ok(scores)
    }

    /// Gives the model the weights that were evaluated, or the best of them.
    fn end(&mut self) -> Result<(), TrainError> {
        let state = match (self.before.take(), self.best.take()) {
            (Some(before), _) => before,
            (None, Some(best)) => best,
            (None, None) => self.evaluated_state()?,
        };
        update_of(&owned(), self.model, &state).map_err(nnx_core::Error::from)?;
        Ok(())
    }
}
