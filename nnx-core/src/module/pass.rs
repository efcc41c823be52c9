//! One run through a model.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use thiserror::Error as ThisError;

use super::value::{Part, Value};
use super::{
    Filter, KindId, Module, Path, State, StateError, Visitor, VisitorMut, compare, kind, state_of,
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
    /// [`Cache`](kind::Cache) alone; [`commit`](Self::commit) moves the model on.
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

    /// Runs a part of a model frozen (in PyTorch: `requires_grad_(False)` and `eval()` of that part).
    ///
    /// Within `run` a training pass evaluates: normalizations use their running statistics and leave them
    /// as they are, dropout is off, and variables are constants, so that their gradient is 0. Gradients
    /// still flow through the part to its input. Evaluation and decoding passes run as always.
    ///
    /// ```
    /// use nnx_core::{module::{Init, Layer, value_and_grad}, nn::{BatchNorm, Linear}, random::Rngs};
    /// use nnx_core::{size::{U1, U4}, tensor::Tensor, Tensor};
    ///
    /// let mut model = <(BatchNorm<U4>, Linear<U4, U1>)>::init(&mut Rngs::new(0));
    /// let x: Tensor![2, 4] = Tensor::full(3.0);
    /// let (_, grads) = value_and_grad(&mut model, |(body, head), pass| {
    ///     let features = pass.frozen(|pass| body.forward(x, pass));
    ///     head.forward(features, pass).square().mean()
    /// })?;
    /// assert_eq!(model.0.mean.value().to_vec(), [0.0; 4]); // the running mean hasn't moved
    /// for (path, entry) in &grads {
    ///     let frozen = entry.array.to_vec::<f32>()?.iter().all(|&g| g == 0.0);
    ///     assert_eq!(frozen, path.to_string().starts_with("0/"));
    /// }
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// An optimizer that decays weights would still shrink the frozen ones, whose gradient is 0: let it
    /// train the others alone, by [`Optimizer::within`](crate::optim::Optimizer::within). One filter says
    /// both, see [`Filter::freezing`].
    pub fn frozen<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        if self.mode != Mode::Train {
            return run(self);
        }
        let outer = (self.mode, self.detached);
        (self.mode, self.detached) = (Mode::Evaluate, true);
        // A panic leaves the pass as it was, for those who catch it.
        let result = catch_unwind(AssertUnwindSafe(|| run(self)));
        (self.mode, self.detached) = outer;
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Freezes the variables of `model` that `filter` selects for the rest of this pass: none of them can
    /// be updated. Layers that would update them evaluate instead, since they ask
    /// [`Variable::may_set`](super::Variable::may_set) or [`RngStream::may_draw`](super::RngStream::may_draw).
    /// [`value_and_grad_of`](super::value_and_grad_of) does this for [`Filter::freezing`].
    pub fn freeze<M: Module + ?Sized>(&mut self, model: &M, filter: &Filter) {
        model.visit(&mut Visitor::new(&mut |path, variable| {
            if filter.selects(path, variable) {
                self.frozen.insert(variable.id());
            }
        }));
    }

    /// As [`freeze`](Self::freeze), by the variables' identities.
    pub(super) fn freeze_ids(&mut self, ids: impl Iterator<Item = u64>) {
        self.frozen.extend(ids);
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

    /// May this pass update a variable of this kind?
    pub(super) fn may_write(&self, id: u64, kind: KindId) -> bool {
        let is_cache = kind.is(KindId::of::<kind::Cache>());
        let in_this_mode = self.mode == Mode::Train || self.mode == Mode::Decode && is_cache;
        in_this_mode && !self.frozen.contains(&id)
    }

    #[track_caller]
    fn check_may_write(&self, id: u64, kind: KindId) {
        assert!(
            !self.frozen.contains(&id),
            "a variable of kind `{kind:?}` is frozen in this pass, and can't be updated: ask \
             `variable.may_set(pass)`, or `stream.may_draw(pass)` of a random stream, first"
        );
        let is_cache = kind.is(KindId::of::<kind::Cache>());
        match self.mode {
            Mode::Train => {}
            Mode::Decode => assert!(
                is_cache,
                "a decoding pass updates variables of kind `Cache` alone, not of kind `{kind:?}`, and can't \
                 draw from random streams: ask `pass.is_training()` first, or run a training pass"
            ),
            Mode::Evaluate => {
                assert!(
                    !is_cache,
                    "an evaluation pass can't update variables of kind `{kind:?}`: run the model in a \
                     `Pass::decode()`, and commit that"
                );
                panic!(
                    "an evaluation pass can't update variables or draw from random streams: \
                     ask `pass.is_training()` first, or run a training pass"
                );
            }
        }
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
