//! A trainer on several ranks.

use std::sync::Arc;

use nnx_core::module::{Module, Pass, State, type_digest};
use nnx_core::optim::{Chain, Transform as _};

use super::Trainer;
use super::fit::{Fit, Step};
use crate::collective::{Fact, Together, check_same};
use crate::{Collective, Position, Run, Scores, TrainError};

impl<M> Trainer<'_, M> {
    /// Trains on several ranks, each with its part of every batch (`DistributedDataParallel` in PyTorch, `strategy="ddp"` in
    /// Lightning). The rest of the program is that of one process:
    ///
    /// | what | how |
    /// |---|---|
    /// | the loader | is [sharded](crate::Loader::sharded) here; evaluations share whole batches, and leave none out |
    /// | gradients | are averaged over all items, in few messages that are sent while the backward pass goes on |
    /// | `BatchNorm` | has the statistics of the whole batch; dropout draws other masks on each rank |
    /// | metrics | are merged, so that early stopping and the best model are the same on all ranks |
    /// | rank 0 | gives all its initial weights, writes checkpoints and reads them, records, and shows samples |
    /// | Ctrl-C, a time limit | on any rank, end all after the same step |
    /// | a rank that fails | ends all, with its error |
    ///
    /// At the start all ranks compare their programs: the version of this library, the model, the data, the settings, the
    /// optimizer. So all ranks call the same methods, such as `checkpoints`, although rank 0 alone writes.
    ///
    /// ```
    /// use nnx_core::module::{Init, Layer};
    /// use nnx_core::{nn::Linear, optim::adam, random::Rngs, size::{U1, U2}};
    /// use nnx_train::{Collective, Dataset, Items, TrainError, Trainer, on_threads};
    ///
    /// let models = on_threads(2, |ranks| { // with processes: `let ranks = MpiRank::start()?;`
    ///     let rows = Items(vec![([1.0f32, 2.0], [3.0f32]), ([2.0, 0.5], [2.5]), ([0.0, 1.0], [1.0])]);
    ///     let train = rows.loader(2)?.shuffled(0);
    ///     let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
    ///     Trainer::new(&mut model, adam(0.05))
    ///         .epochs(10)
    ///         .distributed(&ranks)
    ///         .fit(&train, |model, pass, (x, y)| (model.forward(x, pass) - y).square().mean())?;
    ///     Ok::<_, TrainError>(model.kernel.value().to_vec())
    /// });
    /// let [first, second] = models.try_into().unwrap();
    /// assert_eq!(first?, second?);
    /// # Ok::<(), TrainError>(())
    /// ```
    #[must_use]
    #[doc(alias = "DistributedDataParallel")]
    #[doc(alias = "ddp")]
    pub fn distributed<C: Collective + Clone + 'static>(mut self, ranks: &C) -> Self {
        self.ranks = (ranks.size() > 1).then(|| Arc::new(ranks.clone()) as Arc<dyn Collective>);
        self
    }
}

/// Compares the programs of all ranks: what differs would make their models drift apart, or let one wait for another.
pub(super) fn handshake<M: Module, B: Send + 'static>(
    ranks: &dyn Collective,
    trainer: &Trainer<'_, M>,
    run: &Run<'_, B>,
) -> Result<(), TrainError> {
    // The version and the model before all else: other facts of another version may be others.
    let mut facts = crate::collective::facts_of_model(&*trainer.model);
    let position = run.plan().position_to_save(0, 0);
    facts.extend(of_position(&position, "all ranks need the same data"));
    let program = "start the same program with the same arguments on all ranks";
    let settings = settings(trainer, run).into_iter();
    facts.extend(settings.map(|(what, value)| Fact::new(what, value, program)));
    for data in &trainer.evaluation_data {
        facts.extend(of_position(data, "all ranks need the same data for evaluations"));
    }
    let steps = run.most_steps() / u64::from(trainer.accumulate);
    facts.extend(of_optimizer(&trainer.chain, steps));
    Ok(check_same(ranks, &facts)?)
}

fn of_position(position: &Position, fix: &'static str) -> impl Iterator<Item = Fact> {
    position.facts().into_iter().map(move |(what, value)| Fact::new(what, value, fix))
}

/// Settings by the names of their methods. Limits of time and interrupts are those of each rank.
fn settings<M, B>(trainer: &Trainer<'_, M>, run: &Run<'_, B>) -> Vec<(&'static str, String)> {
    let Trainer { filter, clip, accumulate, decay, keep_best, .. } = trainer;
    let mut settings = run.settings();
    settings.extend([
        ("the setting only:", format!("{filter:?}")),
        ("the setting clip_by_global_norm:", format!("{clip:?}")),
        ("the setting accumulate:", accumulate.to_string()),
        ("the setting average_weights:", format!("{decay:?}")),
        ("the setting keep_best:", keep_best.to_string()),
        ("the setting dry_run:", run.is_dry().to_string()),
        ("the setting allow_broken_gradients:", trainer.allow_broken_gradients.to_string()),
        ("evaluations:", trainer.evaluations.len().to_string()),
        ("samples:", trainer.samples.len().to_string()),
    ]);
    #[cfg(feature = "checkpoints")]
    settings.extend(trainer.checkpoints.of_all_ranks());
    settings
}

/// The type of the optimizer, its learning rates at four of `steps` steps, and its settings as text.
fn of_optimizer(chain: &Chain, steps: u64) -> Vec<Fact> {
    let fix = "give all ranks the same optimizer, with the same settings";
    // Not beyond the last step, for which a schedule need not have a rate.
    let rates = [0, steps / 4, steps / 2, steps.saturating_sub(1)]
        .map(|step| chain.learning_rate(step).map_or("none".to_owned(), |rate| rate.to_string()));
    vec![
        Fact::new("an optimizer of the digest", type_digest(chain), fix),
        Fact::new("learning rates (first, quarter, half, last step) of", rates.join(", "), fix),
        Fact::new("the optimizer", without_addresses(&format!("{chain:?}")), fix),
    ]
}

/// Without the addresses of functions, which differ between processes.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str("0x");
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    kept
}

impl<M: Module, B: Send + 'static> Fit<'_, M, B> {
    /// Whether this is the rank that writes.
    pub(super) fn is_first(&self) -> bool {
        self.together.as_ref().is_none_or(Together::is_first)
    }

    /// Returns `done` if no rank has failed. Otherwise all ranks get an error: their own, or that of another rank.
    pub(super) fn agree<T>(&self, done: Result<T, TrainError>) -> Result<T, TrainError> {
        match &self.together {
            Some(together) => together.agree(done),
            None => done,
        }
    }

    /// The next batch. If this rank can't make its part, the other ranks end, too: at the next exchange of their step.
    pub(super) fn next_batch(&mut self) -> Result<Option<B>, TrainError> {
        let batch = self.run.next_batch();
        match &self.together {
            Some(together) => together.told(batch),
            None => batch,
        }
    }

    /// The loss and the gradients of a batch; on several ranks those of the whole batch.
    pub(super) fn gradients(
        &mut self,
        step: Step<'_, M, B>,
        batch: B,
    ) -> Result<(f64, State, Pass), TrainError> {
        let Some(together) = &self.together else {
            return Ok(step(&self.filter, self.model, batch, None)?);
        };
        let stop = self.run.asks_to_stop();
        let mut shared = together.step(self.run.own_items(), stop.as_ref());
        let layers = shared.layers();
        let (_, gradients, pass) =
            match step(&self.filter, self.model, batch, Some((layers, &mut shared))) {
                Ok(step) => step,
                Err(error) => {
                    return Err(shared.failed(&error).map_or(error.into(), TrainError::from));
                }
            };
        let (loss, gradients, stop) = shared.finish(gradients)?;
        self.run.set_agreed(stop);
        Ok((loss, gradients, pass))
    }

    /// The values of the metrics of all ranks.
    pub(super) fn merged(
        &self,
        scores: Result<Scores, TrainError>,
    ) -> Result<Vec<(String, f64)>, TrainError> {
        match &self.together {
            None => Ok(scores?.values()),
            Some(together) => together.agree(scores)?.merged(together),
        }
    }
}
