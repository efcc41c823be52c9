//! [`Pass`]: one run through a model.

mod frozen;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use thiserror::Error as ThisError;

use super::tap::Capture;
use super::value::{SliceUpdate, Value};
use super::{
    Filter, KindId, Module, Path, State, StateError, Visitor, VisitorMut, compare, state_of,
};
use crate::Error;
use crate::array::Array;
use crate::grad::Tape;
use crate::ops::{DynTensor, Ranks};

/// One run through a model. Layers read and update their variables through it only.
///
/// It holds the mode (training, evaluation or decoding), returns the value of each variable, and collects
/// updates (running statistics, counters of random streams, caches) until [`commit`](Self::commit) writes
/// them to the model together. A pass that is dropped leaves the model unchanged. Nothing is global: passes
/// over one model may run on many threads.
///
/// ```
/// use nnx_core::{module::{Layer, Pass, Init}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{U2, U3};
///
/// let layer = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let y = layer.forward(Tensor::from([1.0, 2.0, 3.0]), &mut Pass::eval());
/// assert_eq!(y.to_vec().len(), 2);
/// ```
#[derive(Debug)]
pub struct Pass {
    mode: Mode,
    /// Values that replace the model's, by variable: leaves of a tape, and updates.
    values: HashMap<u64, Value>,
    /// Variables that [`freeze`](Self::freeze) has selected.
    frozen: HashSet<u64>,
    /// Whether variables are read as constants, as within [`frozen`](Self::frozen).
    detached: bool,
    error: Option<Error>,
    /// The ranks that train together, if there are several.
    ranks: Option<Arc<dyn Ranks>>,
    /// The values of taps, if they are captured.
    pub(super) capture: Option<Box<Capture>>,
}

/// The mode of a pass, which decides the variables that it may update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Evaluate,
    Decode,
    Train,
}

/// A pass that can't be committed.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum PassError {
    /// The pass has updated variables that aren't in this model.
    #[error(
        "this pass has updated {variables} variables that the model doesn't have: commit it to the model \
         that was run, not to a clone, and run other models in a `Pass::eval()` of their own"
    )]
    NotInTheModel {
        /// The number of these variables.
        variables: usize,
    },
    /// The pass has updated a variable of a shared module.
    #[error(
        "this pass has updated `{path}`, which belongs to a shared module (`Arc`, `Rc` or `&`) and can't \
         change: run the shared module by `infer`, or let the model own it"
    )]
    ReadOnly {
        /// The variable's path.
        path: Path,
    },
}

impl Pass {
    /// A pass for evaluation (in PyTorch: `model.eval()`): dropout is off, and normalizations use their running
    /// statistics. It can neither update a variable nor draw from a random stream.
    #[must_use]
    pub fn eval() -> Self {
        Self {
            mode: Mode::Evaluate,
            values: HashMap::new(),
            frozen: HashSet::new(),
            detached: false,
            error: None,
            ranks: None,
            capture: None,
        }
    }

    /// A pass that continues a sequence, some tokens at a time: as evaluation, but attention reads and extends
    /// its cache of keys and values. It may update variables of kind [`Cache`](super::kind::Cache) only;
    /// [`commit`](Self::commit) writes them to the model.
    #[must_use]
    pub fn decode() -> Self {
        Self { mode: Mode::Decode, ..Self::eval() }
    }

    /// A pass for evaluation that reads variables from `state` where the state has them, and from the model
    /// otherwise: for averaged weights, or those of another step. The model is unchanged.
    ///
    /// # Errors
    /// If the state has a variable that the model doesn't have, or that has a different shape or element type in
    /// the model.
    pub fn eval_with<M: Module + ?Sized>(model: &M, state: &State) -> Result<Self, StateError> {
        let there = state_of(&Filter::everything(), model);
        let held = |path: &Path| state.get(path).is_some();
        let wanted: State = there.into_iter().filter(|(path, _)| held(path)).collect();
        compare(&wanted, state)?;
        let mut pass = Self::eval();
        model.visit(&mut Visitor::new(&mut |path, variable| {
            if let Some(entry) = state.get(path) {
                pass.values.insert(variable.id(), Value::Leaf(entry.array.clone().into()));
            }
        }));
        Ok(pass)
    }

    /// A pass for training (in PyTorch: `model.train()`): dropout samples masks, normalizations use the
    /// statistics of the batch and update the running ones. [`value_and_grad`](super::value_and_grad) makes
    /// one that records gradients.
    #[must_use]
    pub fn train() -> Self {
        Self { mode: Mode::Train, ..Self::eval() }
    }

    /// A pass of one of several ranks, each of which runs its own part of a batch: normalizations use the statistics of the
    /// whole batch (`SyncBatchNorm` in PyTorch, `axis_name=` in Flax), and dropout draws other masks on each rank. Random
    /// streams and running statistics are the same on all ranks.
    ///
    /// A single rank changes nothing.
    #[must_use]
    pub fn over_ranks(mut self, ranks: Arc<dyn Ranks>) -> Self {
        self.ranks = Some(ranks).filter(|ranks| ranks.size() > 1);
        self
    }

    /// The ranks that train together, if there are several; see [`over_ranks`](Self::over_ranks).
    #[must_use]
    pub fn ranks(&self) -> Option<&Arc<dyn Ranks>> {
        self.ranks.as_ref()
    }

    /// Whether this is a training pass.
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.mode == Mode::Train
    }

    /// Whether the values of taps are captured.
    pub(crate) fn is_capturing(&self) -> bool {
        self.capture.is_some()
    }

    /// Whether this is a decoding pass, which continues a sequence with caches.
    #[must_use]
    pub fn is_decoding(&self) -> bool {
        self.mode == Mode::Decode
    }

    /// The first error that was passed to [`fail`](Self::fail).
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Reports an error of a layer, since `forward` can't return one. [`commit`](Self::commit),
    /// [`value_and_grad`](super::value_and_grad) and [`try_infer`](super::Layer::try_infer) return the first
    /// one, and so does [`error`](Self::error).
    pub fn fail(&mut self, error: impl Into<Error>) {
        self.error.get_or_insert(error.into());
    }

    /// Writes all updates of this pass to the model.
    ///
    /// # Errors
    /// The first error of [`fail`](Self::fail), or a [`PassError`]. The model is unchanged then.
    pub fn commit<M: Module + ?Sized>(mut self, model: &mut M) -> Result<(), Error> {
        self.check()?;
        let mut there = 0;
        let mut read_only = None;
        model.visit(&mut Visitor::new(&mut |path, variable| {
            let updated = self.values.get(&variable.id()).is_some_and(Value::is_update);
            there += usize::from(updated);
            if updated && variable.is_read_only() {
                read_only.get_or_insert_with(|| path.clone());
            }
        }));
        if let Some(path) = read_only {
            return Err(PassError::ReadOnly { path }.into());
        }
        let lost = self.values.values().filter(|value| value.is_update()).count() - there;
        if lost > 0 {
            return Err(PassError::NotInTheModel { variables: lost }.into());
        }
        model.visit_mut(&mut VisitorMut::new(&mut |_, variable| {
            if let Some(value) = self.values.remove(&variable.id()) {
                value.commit(variable);
            }
        }));
        Ok(())
    }

    /// The first error that [`fail`](Self::fail) noted, if there is one.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Takes over the error of a pass that ran inside this one, unless this one has an error already.
    pub(super) fn take_error_of(&mut self, inner: Self) {
        self.error = self.error.take().or(inner.error);
    }

    /// The value of a variable in this pass; `in_model` is its value in the model.
    pub(super) fn read(&self, id: u64, in_model: &Array) -> DynTensor {
        match self.values.get(&id) {
            None => in_model.clone().into(),
            Some(value) if self.detached => value.read(in_model).stop_gradient(),
            Some(value) => value.read(in_model),
        }
    }

    /// Sets or removes a variable's value in this pass, and returns the old one.
    pub(super) fn replace_value(&mut self, id: u64, value: Option<Value>) -> Option<Value> {
        match value {
            Some(value) => self.values.insert(id, value),
            None => self.values.remove(&id),
        }
    }

    #[track_caller]
    pub(super) fn write(&mut self, id: u64, kind: KindId, value: DynTensor) {
        self.check_may_write(id, kind);
        self.values.insert(id, Value::Update(value));
    }

    #[track_caller]
    pub(super) fn write_slice(&mut self, id: u64, kind: KindId, slice: SliceUpdate) {
        self.check_may_write(id, kind);
        self.values.entry(id).or_insert(Value::Slices(Vec::new())).write_slice(slice);
    }

    /// Makes the floating-point variables that `filter` selects leaves of `tape`, and returns them. Their values are
    /// those in `values`, or else those of the model.
    pub(super) fn track<M: Module + ?Sized>(
        &mut self,
        model: &M,
        filter: &Filter,
        tape: &Tape,
        values: &State,
    ) -> Vec<(Path, KindId, DynTensor)> {
        let mut leaves = Vec::new();
        model.visit(&mut Visitor::new(&mut |path, variable| {
            if variable.array().dtype().is_read_as_float() && filter.selects(path, variable) {
                let value = values.get(path).map_or(variable.array(), |entry| &entry.array);
                let leaf = tape.leaf(value.clone().into());
                self.values.insert(variable.id(), Value::Leaf(leaf.clone()));
                leaves.push((path.clone(), variable.kind(), leaf));
            }
        }));
        leaves
    }
}
