//! [`State`]: variables by path. Gradients, optimizer slots and checkpoints are states too.

mod arithmetic;
mod difference;
mod finite;

use std::collections::BTreeMap;

use super::{
    DynVariable, Filter, KindId, Mismatch, Module, Path, StateError, Visitor, VisitorMut, kind,
};
use crate::array::{Array, ShapeError};

pub use difference::{StateChange, StateDifference};

/// One variable of a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The variable's kind.
    pub kind: KindId,
    /// Its value.
    pub array: Array,
}

/// Variables by path (`nnx.State`; `state_dict` in PyTorch), in Flax's order: names as text, indices as numbers.
///
/// Two states are equal if they have the same paths, kinds, shapes, element types and elements. NaN isn't equal to itself;
/// [`difference`](Self::difference) says what differs.
///
/// ```
/// use nnx_core::module::{Filter, Init, state_of};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U2, U3}};
///
/// let everything = Filter::everything();
/// let state = |seed| state_of(&everything, &Linear::<U2, U3>::init(&mut Rngs::new(seed)));
/// assert_eq!(state(0), state(0));
/// assert_ne!(state(0), state(1));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State(BTreeMap<Path, Entry>);

impl State {
    /// The entry at a path.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&Entry> {
        self.0.get(path)
    }

    /// Sets the entry at a path, and returns the old one.
    pub fn insert(&mut self, path: Path, entry: Entry) -> Option<Entry> {
        self.0.insert(path, entry)
    }

    /// The entries, in order of their paths.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Path, &Entry)> {
        self.0.iter()
    }

    /// Removes and returns the entry at a path.
    pub fn remove(&mut self, path: &Path) -> Option<Entry> {
        self.0.remove(path)
    }

    /// A state with the entries that a filter selects (`state.filter`).
    #[must_use]
    pub fn filter(&self, filter: &Filter) -> Self {
        let selected = |(path, entry): &(&Path, &Entry)| {
            filter.selects(path, &DynVariable::from(Entry::clone(entry)))
        };
        let entries = self.0.iter().filter(selected);
        entries.map(|(path, entry)| (path.clone(), entry.clone())).collect()
    }

    /// The number of variables.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no variables.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of elements of all variables.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.0.values().map(|entry| entry.array.elements()).fold(0, usize::saturating_add)
    }
}

impl FromIterator<(Path, Entry)> for State {
    fn from_iter<I: IntoIterator<Item = (Path, Entry)>>(entries: I) -> Self {
        // Collected into a vector first, so that the construction of the map is compiled once and not for each type of
        // iterator.
        let entries: Vec<_> = entries.into_iter().collect();
        Self(BTreeMap::from_iter(entries))
    }
}

impl IntoIterator for State {
    type Item = (Path, Entry);
    type IntoIter = std::collections::btree_map::IntoIter<Path, Entry>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a State {
    type Item = (&'a Path, &'a Entry);
    type IntoIter = std::collections::btree_map::Iter<'a, Path, Entry>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// All variables of a model (`nnx.state`). The arrays share buffers with the model until one of them changes.
#[must_use]
pub fn state<M: Module + ?Sized>(model: &M) -> State {
    state_of(&Filter::everything(), model)
}

/// The variables of a model that a filter selects.
///
/// # Panics
/// If two variables have the same path, in a [`Module`] that is written by hand.
#[must_use]
pub fn state_of<M: Module + ?Sized>(filter: &Filter, model: &M) -> State {
    let mut state = State::default();
    model.visit(&mut Visitor::new(&mut |path, variable| {
        if filter.selects(path, variable) {
            let entry = Entry { kind: variable.kind(), array: variable.array().clone() };
            insert_unique(&mut state, path, entry);
        }
    }));
    state
}

/// Inserts a variable of a model. Panics if the path is taken.
pub(crate) fn insert_unique(state: &mut State, path: &Path, entry: Entry) {
    let old = state.insert(path.clone(), entry);
    assert!(old.is_none(), "two variables have the path `{path}`: rename one of them");
}

/// The number of parameters of a model: the elements of its variables of kind `Param`.
#[must_use]
pub fn parameters<M: Module + ?Sized>(model: &M) -> usize {
    state_of(&Filter::kind::<kind::Param>(), model).elements()
}

/// Sets all variables of a model to their values in a state (`nnx.update`; `load_state_dict` in PyTorch).
///
/// # Errors
/// If a variable is missing from the state, the state has one that the model doesn't have, or a shape or
/// element type differs. The error names all of them, and the model is unchanged. (Flax accepts all of these
/// silently.)
pub fn update<M: Module + ?Sized>(model: &mut M, state: &State) -> Result<(), StateError> {
    update_of(&Filter::everything(), model, state)
}

/// As [`update`], for the variables that a filter selects. The state must have these and no others.
///
/// # Errors
/// As [`update`].
pub fn update_of<M: Module + ?Sized>(
    filter: &Filter,
    model: &mut M,
    state: &State,
) -> Result<(), StateError> {
    check_state(filter, model, state)?;
    set_state(filter, model, state);
    Ok(())
}

/// The error that [`update_of`] would return, if there is one.
pub(crate) fn check_state<M: Module + ?Sized>(
    filter: &Filter,
    model: &M,
    state: &State,
) -> Result<(), StateError> {
    let mut mismatches = Vec::new();
    let mut unexpected = state.0.clone();
    model.visit(&mut Visitor::new(&mut |path, variable| {
        if !filter.selects(path, variable) {
            return;
        }
        let Some(entry) = unexpected.remove(path) else {
            mismatches.push(Mismatch::Missing { path: path.clone(), shape: variable.shape() });
            return;
        };
        match variable.check(&entry.array) {
            Ok(()) => {}
            Err(ShapeError::DType { expected, found }) => {
                mismatches.push(Mismatch::DType { path: path.clone(), expected, found });
            }
            Err(_) if variable.is_read_only() && entry.array.dims() == variable.array().dims() => {
                mismatches.push(Mismatch::ReadOnly { path: path.clone() });
            }
            Err(_) => mismatches.push(Mismatch::Shape {
                path: path.clone(),
                expected: variable.shape(),
                found: entry.array.dims(),
            }),
        }
    }));
    mismatches.extend(
        unexpected
            .into_iter()
            .map(|(path, entry)| Mismatch::Unexpected { path, shape: entry.array.dims() }),
    );
    if mismatches.is_empty() { Ok(()) } else { Err(StateError::new(mismatches)) }
}

/// Sets the variables that a filter selects to their values in a state, which [`check_state`] has found to fit.
pub(crate) fn set_state<M: Module + ?Sized>(filter: &Filter, model: &mut M, state: &State) {
    model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
        if let Some(entry) = state.get(path).filter(|_| filter.selects(path, variable)) {
            variable.set_array(entry.array.clone()).expect("every array was checked before");
        }
    }));
}

/// An error unless both states have the same paths, shapes and element types.
pub(crate) fn compare(expected: &State, state: &State) -> Result<(), StateError> {
    let mut mismatches = Vec::new();
    for (path, Entry { array: wanted, .. }) in expected.iter() {
        let path = path.clone();
        match state.get(&path).map(|entry| &entry.array) {
            None => mismatches.push(Mismatch::Missing { path, shape: wanted.dims().to_string() }),
            Some(found) if found.dims() != wanted.dims() => {
                let (expected, found) = (wanted.dims().to_string(), found.dims());
                mismatches.push(Mismatch::Shape { path, expected, found });
            }
            Some(found) if found.dtype() != wanted.dtype() => {
                let (expected, found) = (wanted.dtype(), found.dtype());
                mismatches.push(Mismatch::DType { path, expected, found });
            }
            Some(_) => {}
        }
    }
    let unexpected = state.iter().filter(|(path, _)| expected.get(path).is_none());
    mismatches.extend(unexpected.map(|(path, entry)| Mismatch::Unexpected {
        path: path.clone(),
        shape: entry.array.dims(),
    }));
    if mismatches.is_empty() { Ok(()) } else { Err(StateError::new(mismatches)) }
}
