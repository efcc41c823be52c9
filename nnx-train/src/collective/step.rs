//! One step of a trainer on several ranks, and what they agree on between steps.

use std::fmt::Display;
use std::sync::Arc;

use nnx_core::Error;
use nnx_core::array::Array;
use nnx_core::module::{Filter, GradientWatch, Module, Path, State, Visitor};
use nnx_core::ops::Ranks;

use super::buckets::{Layout, Sending};
use super::statistics::OfLayers;
use super::{Collective, CollectiveError};
use crate::Stop;

/// The ranks of a trainer.
pub(crate) struct Together {
    ranks: Arc<dyn Collective>,
    layout: Layout,
}

impl Together {
    /// Ranks that train the variables of a model that a filter selects.
    pub(crate) fn new<M: Module>(ranks: Arc<dyn Collective>, filter: &Filter, model: &M) -> Self {
        let mut arrays: Vec<(Path, Array)> = Vec::new();
        model.visit(&mut Visitor::new(&mut |path, variable| {
            if variable.array().dtype().is_float() && filter.selects(path, variable) {
                arrays.push((path.clone(), variable.array().clone()));
            }
        }));
        let layout = Layout::new(arrays.iter().map(|(path, array)| (path, array)));
        Self { ranks, layout }
    }

    pub(crate) fn ranks(&self) -> &dyn Collective {
        &*self.ranks
    }

    /// Whether this is the rank that writes.
    pub(crate) fn is_first(&self) -> bool {
        self.ranks.rank() == 0
    }

    /// Returns `done` if no rank has failed. Otherwise all ranks get an error, and end: their own error, or that of
    /// another rank.
    pub(crate) fn agree<T, E: From<CollectiveError> + Display>(
        &self,
        done: Result<T, E>,
    ) -> Result<T, E> {
        // The own error says more than that of another rank.
        let done = self.told(done)?;
        self.ranks.barrier()?;
        Ok(done)
    }

    /// Returns `done`. If that is an error, the other ranks end, too: at their next exchange.
    pub(crate) fn told<T, E: Display>(&self, done: Result<T, E>) -> Result<T, E> {
        done.inspect_err(|error| self.ranks.fail(&error.to_string()))
    }

    /// Begins a step on this rank's part of a batch, which has `items` items. `stop` is the rank's reason to end after
    /// the step.
    pub(crate) fn step(&self, items: usize, stop: Option<&Stop>) -> OfStep<'_> {
        #[allow(clippy::cast_precision_loss, reason = "a number of items")]
        let weight = items as f64;
        OfStep {
            layers: Arc::new(OfLayers::new(Arc::clone(&self.ranks), weight)),
            ranks: &*self.ranks,
            layout: &self.layout,
            weight,
            stop: stop.map_or(0.0, |stop| if *stop == Stop::Interrupted { 2.0 } else { 1.0 }),
            whole: None,
        }
    }
}

/// One step of this rank.
pub(crate) struct OfStep<'a> {
    ranks: &'a dyn Collective,
    layout: &'a Layout,
    layers: Arc<OfLayers>,
    weight: f64,
    stop: f64,
    /// Set when the loss is computed: what all ranks know of the step, and the gradients that are being sent.
    whole: Option<Result<(Whole, Sending<'a, dyn Collective + 'a>), CollectiveError>>,
}

/// What all ranks know of a step.
struct Whole {
    /// The items of all.
    total: f64,
    loss: f64,
    stop: Option<Stop>,
}

impl OfStep<'_> {
    /// The ranks, for the layers.
    pub(crate) fn layers(&self) -> Arc<dyn Ranks> {
        Arc::clone(&self.layers) as _
    }

    /// Ends a step that has failed on this rank. Returns the error of the exchange between ranks, if that is why it failed.
    /// Otherwise this rank sends its error to the other ranks, which end the step, too.
    pub(crate) fn failed(self, error: &dyn Display) -> Option<CollectiveError> {
        if let Some(error) = self.layers.failed() {
            return Some(error);
        }
        match self.whole {
            Some(Err(error)) => Some(error),
            // After the loss was told, the others wait for this rank's gradients.
            Some(Ok(_)) | None => {
                self.ranks.fail(&error.to_string());
                None
            }
        }
    }

    /// The mean loss and gradients of the whole batch, and why all end after it.
    pub(crate) fn finish(
        self,
        gradients: State,
    ) -> Result<(f64, State, Option<Stop>), CollectiveError> {
        let (whole, sending) = self.whole.expect("the loss was told")?;
        let gradients = sending.finish(gradients)?;
        // A layer's sums in the backward pass.
        match self.layers.failed() {
            Some(error) => Err(error),
            None => Ok((whole.loss, gradients, whole.stop)),
        }
    }
}

impl GradientWatch for OfStep<'_> {
    fn loss(&mut self, loss: f64) -> Result<(), Error> {
        let whole = match self.layers.failed() {
            Some(error) => Err(error),
            None => gathered(self.ranks, [self.weight, loss, self.stop]).map(|all| {
                let whole = whole(&all);
                let share = self.weight / whole.total;
                (whole, Sending::new(self.ranks, self.layout, share))
            }),
        };
        let failed = whole.as_ref().err().cloned();
        self.whole = Some(whole);
        failed.map_or(Ok(()), |error| Err(Error::other(error)))
    }

    fn gradient(&mut self, path: &Path, gradient: &Array) {
        if let Some(Ok((_, sending))) = &mut self.whole {
            sending.put(path, gradient);
        }
    }
}

/// Adds weights and weighted losses in the order of the ranks.
fn whole(all: &[[f64; 3]]) -> Whole {
    let total: f64 = all.iter().map(|[weight, _, _]| weight).sum();
    let loss: f64 = all.iter().map(|[weight, loss, _]| weight * loss).sum();
    let stop = match all.iter().map(|[_, _, stop]| *stop).fold(0.0, f64::max) {
        0.0 => None,
        1.0 => Some(Stop::TimeLimit),
        _ => Some(Stop::Interrupted),
    };
    Whole { total, loss: loss / total, stop }
}

/// The numbers of each rank.
fn gathered<const N: usize>(
    ranks: &dyn Collective,
    numbers: [f64; N],
) -> Result<Vec<[f64; N]>, CollectiveError> {
    let own: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
    let parts = ranks.all_gather(&own)?;
    CollectiveError::check_lengths(parts.iter().map(Vec::len))?;
    let numbers = |part: &Vec<u8>| {
        let mut numbers = part.as_chunks::<8>().0.iter().map(|bytes| f64::from_ne_bytes(*bytes));
        std::array::from_fn(|_| numbers.next().expect("as many as this rank's"))
    };
    Ok(parts.iter().map(numbers).collect())
}
