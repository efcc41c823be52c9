//! One run through a model.

mod frozen;

use std::collections::{HashMap, HashSet};

use thiserror::Error as ThisError;

use super::value::{Part, Value};
use super::{
    Filter, KindId, Module, Path, State, StateError, Visitor, VisitorMut, compare, state_of,
};
use crate::Error;
use crate::array::Array;
use crate::grad::Tape;
use crate::ops::DynTensor;

/// One run through a model, and the only door between its variables and computation.
///
/// It says whether the run trains, gives each variable's value, and collects updates (running
/// statistics, counters of random streams, caches) until [`commit`](Self::commit) writes them to the
/// model together. A pass that is dropped leaves the model as it was. Nothing is global: passes over
/// one model may run on many threads.
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
    /// Values that differ from the model's: leaves of a differentiation, and updates.
    values: HashMap<u64, Value>,
    /// Variables that [`freeze`](Self::freeze) has named.
    frozen: HashSet<u64>,
    /// Are variables read as constants, as within [`frozen`](Self::frozen)?
    detached: bool,
    error: Option<Error>,
}

/// What a pass is for, and so what it may change.
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
    /// The pass has updated variables of another model.
    #[error(
        "this pass has updated {variables} variables that the model doesn't have: commit it to the model \
         that was run, not to a clone, and run other models in a `Pass::eval()` of their own"
    )]
    NotInTheModel {
        /// How many variables.
        variables: usize,
    },
    /// The pass has updated a variable of a shared module.
    #[error(
        "this pass has updated `{path}`, which belongs to a shared module (`Arc`, `Rc` or `&`) and can't \
         change: run the shared module by `infer`, or let the model own it"
    )]
    ReadOnly {
        /// Where the variable is in the model.
        path: Path,
    },
}

impl Pass {
    /// A run that evaluates: dropout is off, running statistics are used and stay. It can neither update
    /// a variable nor draw from a random stream.
    #[must_use]
    pub fn eval() -> Self {
        Self {
            mode: Mode::Evaluate,
            values: HashMap::new(),
            frozen: HashSet::new(),
            detached: false,
            error: None,
        }
    }

    /// A run that continues a sequence, some tokens at a time: as an evaluation, but attention reads and
    /// fills its cache of keys and values. Of all variables it may update those of kind
    /// [`Cache`](super::kind::Cache) alone; [`commit`](Self::commit) moves the model on.
    #[must_use]
    pub fn decode() -> Self {
        Self { mode: Mode::Decode, ..Self::eval() }
    }

    /// A run that evaluates, in which the variables that a state holds have its values: averages of the
    /// weights, or those of another step. The model stays as it is.
    ///
    /// # Errors
    /// If the state holds a variable that the model doesn't have, or that has another shape or type there.
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

    /// A run that trains: dropout draws, normalizations use the batch's statistics and update the
    /// running ones. [`value_and_grad`](super::value_and_grad) makes one, with gradients.
    #[must_use]
    pub fn train() -> Self {
        Self { mode: Mode::Train, ..Self::eval() }
    }

    /// Does this run train?
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.mode == Mode::Train
    }

    /// Does this run continue a sequence by means of caches?
    #[must_use]
    pub fn is_decoding(&self) -> bool {
        self.mode == Mode::Decode
    }

    /// The first error that the run noted, see [`fail`](Self::fail).
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Notes that the run has gone wrong, where `forward` can't return an error: the first one noted is
    /// what [`commit`](Self::commit), [`value_and_grad`](super::value_and_grad) and
    /// [`try_infer`](super::Layer::try_infer) return, and [`error`](Self::error) shows.
    pub fn fail(&mut self, error: impl Into<Error>) {
        self.error.get_or_insert(error.into());
    }

    /// Writes all updates of this pass to the model.
    ///
    /// # Errors
    /// The first error that the run noted, or a [`PassError`]; the model is unchanged then.
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

    /// The first error that the run noted.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Notes what another pass, inside this one, has noted.
    pub(super) fn take_error_of(&mut self, inner: Self) {
        self.error = self.error.take().or(inner.error);
    }

    /// The value of a variable in this pass, `otherwise` being the model's.
    pub(super) fn read(&self, id: u64, otherwise: &Array) -> DynTensor {
        match self.values.get(&id) {
            None => otherwise.clone().into(),
            Some(value) if self.detached => value.over(otherwise).detach(),
            Some(value) => value.over(otherwise),
        }
    }

    /// Puts another value, or none, in a variable's place; gives what was there.
    pub(super) fn exchange(&mut self, id: u64, value: Option<Value>) -> Option<Value> {
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
    pub(super) fn write_part(&mut self, id: u64, kind: KindId, part: Part) {
        self.check_may_write(id, kind);
        self.values.entry(id).or_insert(Value::Parts(Vec::new())).write_part(part);
    }

    /// Makes the floating-point variables that `filter` selects leaves of `tape`; gives them by path.
    pub(super) fn track<M: Module + ?Sized>(
        &mut self,
        model: &M,
        filter: &Filter,
        tape: &Tape,
    ) -> Vec<(Path, KindId, DynTensor)> {
        let mut leaves = Vec::new();
        model.visit(&mut Visitor::new(&mut |path, variable| {
            if variable.array().dtype().is_float() && filter.selects(path, variable) {
                let leaf = tape.leaf(variable.array().clone().into());
                self.values.insert(variable.id(), Value::Leaf(leaf.clone()));
                leaves.push((path.clone(), variable.kind(), leaf));
            }
        }));
        leaves
    }
}
