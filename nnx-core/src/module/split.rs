//! Splits a model into states by filters, and makes a model of states.

mod error;
mod lists;

pub use error::SplitError;
pub use lists::{MergeStates, SplitFilters};

use super::{
    DynVariable, Entry, Filter, Init, KindId, Mismatch, Module, Path, State, StateError, Visitor,
    from_state_with, insert_unique,
};
use crate::random::Rngs;

/// Splits the variables of a model by filters: one state for each filter, in a tuple (`nnx.split`).
///
/// A variable goes to the first filter that selects it. The split is exhaustive: a variable that no filter selects
/// is an error. [`Filter::rest`] selects all that are left, and must be the last filter. [`merge`] is the inverse.
/// The arrays share buffers with the model until one of them changes.
///
/// ```
/// use nnx_core::module::{Filter, Init, kind, merge, split, state};
/// use nnx_core::{nn::{BatchNorm, Linear}, random::Rngs, size::U4};
///
/// type Model = (Linear<U4, U4>, BatchNorm<U4>);
/// let model = Model::init(&mut Rngs::new(0));
/// let (params, stats) =
///     split(&model, (Filter::kind::<kind::Param>(), Filter::kind::<kind::BatchStat>()))?;
/// assert_eq!((params.len(), stats.len()), (4, 2));
///
/// let same: Model = merge((params, stats))?;
/// assert!(state(&same).difference(&state(&model)).is_empty());
///
/// let error = split(&model, (Filter::kind::<kind::Param>(), Filter::within("0"))).unwrap_err();
/// assert_eq!(error.to_string(), "2 of 6 variables are left over, since no filter selects them: \
///     add a filter for them, or `Filter::rest()` as the last one\n  \
///     1/mean of kind BatchStat\n  1/var of kind BatchStat");
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// If no filter selects a variable: the error names all of these. If a filter that selects everything isn't the last
/// one.
///
/// # Panics
/// If two variables have the same path, in a [`Module`] that is written by hand.
#[doc(alias = "split_state")]
pub fn split<M: Module + ?Sized, F: SplitFilters>(
    model: &M,
    filters: F,
) -> Result<F::States, SplitError> {
    let mut parts = Parts::new(filters.into_filters())?;
    model.visit(&mut Visitor::new(&mut |path, variable| {
        let entry = || Entry { kind: variable.kind(), array: variable.array().clone() };
        parts.put(path, entry, |filter| filter.selects(path, variable));
    }));
    Ok(F::states(parts.finish()?))
}

/// Makes a model of the states that [`split`] returned, or of others that together have each of its variables once
/// (`nnx.merge`).
///
/// No weights are sampled, as in [`from_state`](super::from_state): the variables share the buffers of the states.
///
/// # Errors
/// If a variable is in several states. If one is missing, unexpected, or of a different shape or element type. The
/// error names all of them.
pub fn merge<M: Init + Module>(states: impl MergeStates) -> Result<M, StateError> {
    merge_with(states, M::init)
}

/// As [`merge`], for a model that is made by a different constructor than `init`. Everything that isn't a variable,
/// such as the rate of a dropout or the length of a `Vec`, comes from `make`.
///
/// ```
/// use nnx_core::module::{Filter, merge_with, parameters, split};
/// use nnx_core::{nn::{KernelOptions, Linear}, random::Rngs, size::{U2, U3}};
///
/// let make = |rngs: &mut Rngs| Linear::<U3, U2>::with(&KernelOptions::default().without_bias(), rngs);
/// let states = split(&make(&mut Rngs::new(0)), (Filter::path_contains("kernel"), Filter::rest()))?;
/// assert_eq!(parameters(&merge_with(states, make)?), 6);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// As [`merge`].
pub fn merge_with<M: Module>(
    states: impl MergeStates,
    make: impl FnOnce(&mut Rngs) -> M,
) -> Result<M, StateError> {
    from_state_with(&State::merge(states)?, make)
}

impl State {
    /// Splits a state by filters, as [`split`] a model (`nnx.split_state`).
    ///
    /// ```
    /// use nnx_core::{module::{Filter, Init, State, state}, nn::Linear, random::Rngs, size::U4};
    ///
    /// let all = state(&Linear::<U4, U4>::init(&mut Rngs::new(0)));
    /// let (kernel, rest) = all.split((Filter::path_contains("kernel"), Filter::rest()))?;
    /// assert_eq!((kernel.elements(), rest.elements()), (16, 4));
    /// assert_eq!(State::merge((kernel, rest))?.len(), all.len());
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`split`].
    pub fn split<F: SplitFilters>(&self, filters: F) -> Result<F::States, SplitError> {
        let mut parts = Parts::new(filters.into_filters())?;
        for (path, entry) in self {
            let variable = DynVariable::from(entry.clone());
            parts.put(path, || entry.clone(), |filter| filter.selects(path, &variable));
        }
        Ok(F::states(parts.finish()?))
    }

    /// Merges states to one (`nnx.merge_state`).
    ///
    /// # Errors
    /// If a path is in several states. The error names all of these paths.
    pub fn merge(states: impl MergeStates) -> Result<Self, StateError> {
        let mut merged = Self::default();
        let mut repeated = Vec::new();
        for (path, entry) in states.into_states().into_iter().flatten() {
            if merged.get(&path).is_some() {
                repeated.push(Mismatch::Repeated { path });
            } else {
                merged.insert(path, entry);
            }
        }
        match repeated.is_empty() {
            true => Ok(merged),
            false => Err(StateError::new(repeated).with_header(NOT_MERGED)),
        }
    }
}

const NOT_MERGED: &str = "the states can't be merged, since variables are in several of them:";

/// The states that a split has filled so far.
struct Parts {
    parts: Vec<(Filter, State)>,
    left: Vec<(Path, KindId)>,
    total: usize,
}

impl Parts {
    fn new(filters: Vec<Filter>) -> Result<Self, SplitError> {
        let last = filters.len().saturating_sub(1);
        if let Some(position) = filters.iter().take(last).position(Filter::is_total) {
            let filter = format!("{:?}", filters[position]);
            return Err(SplitError::RestNotLast { position, filters: filters.len(), filter });
        }
        let parts = filters.into_iter().map(|filter| (filter, State::default())).collect();
        Ok(Self { parts, left: Vec::new(), total: 0 })
    }

    fn put(
        &mut self,
        path: &Path,
        entry: impl FnOnce() -> Entry,
        mut selects: impl FnMut(&Filter) -> bool,
    ) {
        self.total += 1;
        match self.parts.iter_mut().find(|(filter, _)| selects(filter)) {
            Some((_, state)) => insert_unique(state, path, entry()),
            None => self.left.push((path.clone(), entry().kind)),
        }
    }

    fn finish(self) -> Result<Vec<State>, SplitError> {
        match self.left.is_empty() {
            true => Ok(self.parts.into_iter().map(|(_, state)| state).collect()),
            false => Err(SplitError::LeftOver { variables: self.left, total: self.total }),
        }
    }
}
