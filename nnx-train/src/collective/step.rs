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

    /// Returns what a rank has done, or the error of the first one that has failed: all ranks end then.
    pub(crate) fn agree<T, E: From<CollectiveError> + Display>(
        &self,
        done: Result<T, E>,
    ) -> Result<T, E> {
        let message = done.as_ref().err().map(ToString::to_string);
        let others = exchange(&*self.ranks, message.as_deref(), &[]);
        // The own error says more than that of another rank.
        let done = done?;
        others?;
        Ok(done)
    }

    /// Begins a step on this rank's part of a batch, of so many items. `stop` is the rank's reason to end after it.
    pub(crate) fn step(&self, items: usize, stop: Option<&Stop>) -> OfStep<'_> {
        #[allow(clippy::cast_precision_loss, reason = "a number of items")]
        let weight = items as f64;
        OfStep {
            layers: Arc::new(OfLayers::new(Arc::clone(&self.ranks), weight)),
            sending: Sending::new(&*self.ranks, &self.layout, weight),
            ranks: &*self.ranks,
            weight,
            stop: stop.map_or(0.0, |stop| if *stop == Stop::Interrupted { 2.0 } else { 1.0 }),
            whole: None,
        }
    }
}

/// One step of this rank.
pub(crate) struct OfStep<'a> {
    ranks: &'a dyn Collective,
    layers: Arc<OfLayers>,
    sending: Sending<'a, dyn Collective>,
    weight: f64,
    stop: f64,
    whole: Option<Result<Whole, CollectiveError>>,
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
            Some(Ok(_)) => None,
            None => {
                let _ = exchange(self.ranks, Some(&error.to_string()), &[]);
                None
            }
        }
    }

    /// The mean loss and gradients of the whole batch, and why all end after it.
    pub(crate) fn finish(
        self,
        gradients: State,
    ) -> Result<(f64, State, Option<Stop>), CollectiveError> {
        let whole = self.whole.expect("the loss was told")?;
        let gradients = self.sending.finish(gradients, whole.total)?;
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
            None => {
                exchange(self.ranks, None, &[self.weight, loss, self.stop]).map(|all| whole(&all))
            }
        };
        let failed = whole.as_ref().err().cloned();
        self.whole = Some(whole);
        failed.map_or(Ok(()), |error| Err(Error::other(error)))
    }

    fn gradient(&mut self, path: &Path, gradient: &Array) {
        self.sending.put(path, gradient);
    }
}

/// Adds weights and weighted losses in the order of the ranks.
fn whole(all: &[Vec<f64>]) -> Whole {
    let total: f64 = all.iter().map(|own| own[0]).sum();
    let loss: f64 = all.iter().map(|own| own[0] * own[1]).sum();
    let stop = match all.iter().map(|own| own[2]).fold(0.0, f64::max) {
        0.0 => None,
        1.0 => Some(Stop::TimeLimit),
        _ => Some(Stop::Interrupted),
    };
    Whole { total, loss: loss / total, stop }
}

/// What each rank gives: numbers, equally many of all, or its error.
fn exchange(
    ranks: &dyn Collective,
    error: Option<&str>,
    numbers: &[f64],
) -> Result<Vec<Vec<f64>>, CollectiveError> {
    let mut own = vec![u8::from(error.is_some())];
    match error {
        Some(error) => own.extend(error.as_bytes()),
        None => own.extend(numbers.iter().flat_map(|number| number.to_ne_bytes())),
    }
    let parts = ranks.all_gather(&own)?;
    for (rank, part) in parts.iter().enumerate() {
        if part.first() == Some(&1) {
            let message = String::from_utf8_lossy(&part[1..]).into_owned();
            return Err(CollectiveError::Failed { rank, size: ranks.size(), message });
        }
    }
    CollectiveError::check_lengths(parts.iter().map(Vec::len))?;
    let numbers = |part: &Vec<u8>| -> Vec<f64> {
        part[1..].as_chunks::<8>().0.iter().map(|bytes| f64::from_ne_bytes(*bytes)).collect()
    };
    Ok(parts.iter().map(numbers).collect())
}
