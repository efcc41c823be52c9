//! Where a run is, to be saved and restored.

use serde::{Deserialize, Serialize};

use super::Run;
use crate::{Best, LossGuard, Position, TrainError};

/// Where a run is: its step, the position in its data, the best evaluation so far. Save it with the model and the
/// optimizer, and continue with [`Run::resume`]. It is a part of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    step: u64,
    position: Position,
    /// The last step with a finite loss, and that loss.
    last_loss: Option<(u64, f32)>,
    best: Option<Best>,
    evaluations_since_best: u64,
    evaluated: Option<u64>,
    /// The metrics of the last evaluation; `None` for values that aren't finite, which JSON can't represent.
    metrics: Vec<(String, Option<f64>)>,
}

impl RunState {
    /// The number of steps that were done.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// As text, for other ranks.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and names")
    }

    /// From the text of another rank.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn from_json(text: &[u8]) -> Self {
        serde_json::from_slice(text).expect("the text of `to_json`")
    }
}

impl<B: Send + 'static> Run<'_, B> {
    /// The position of the run.
    #[must_use]
    pub fn state(&self) -> RunState {
        let finite =
            |(name, value): &(String, f64)| (name.clone(), Some(*value).filter(|x| x.is_finite()));
        RunState {
            step: self.step,
            position: self.saved_position(),
            last_loss: self.guard.last(),
            best: self.best(),
            evaluations_since_best: self.settings.watch.as_ref().map_or(0, |watch| watch.since),
            evaluated: self.evaluated,
            metrics: self.metrics.iter().map(finite).collect(),
        }
    }

    /// Continues where a saved run was. Call it before the first batch. Limits are counted from the start of the whole
    /// run.
    ///
    /// # Errors
    /// If the loader isn't that of the saved run: it has another number of items, batch size, seed, treatment of the
    /// last batch or order, or other items.
    pub fn resume(&mut self, state: &RunState) -> Result<(), TrainError> {
        state.position.check(&self.saved_position())?;
        self.step = state.step;
        self.position = state.position;
        self.guard = LossGuard::after(state.step, state.last_loss);
        self.last_loss = state.last_loss.map_or(f32::NAN, |(_, loss)| loss);
        self.evaluated = state.evaluated;
        let value =
            |(name, value): &(String, Option<f64>)| (name.clone(), value.unwrap_or(f64::NAN));
        self.metrics = state.metrics.iter().map(value).collect();
        if let Some(watch) = &mut self.settings.watch {
            (watch.best, watch.since) = (state.best, state.evaluations_since_best);
        }
        Ok(())
    }
}
