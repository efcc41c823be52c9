//! The variables of a model as an ordered map: gradients, optimizer slots and checkpoints are states too.

use std::collections::BTreeMap;

use super::{
    DynVariable, Filter, KindId, Mismatch, Module, Path, StateError, Visitor, VisitorMut, kind,
};
use crate::array::{Array, ShapeError};

/// What a state holds for one variable.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The variable's kind.
    pub kind: KindId,
    /// Its value.
    pub array: Array,
}

/// Values by path, in Flax's order: names as text, indices by number.
#[derive(Debug, Clone, Default)]
pub struct State(BTreeMap<Path, Entry>);

impl State {
    /// The entry at a path.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&Entry> {
        self.0.get(path)
    }

    /// Puts a value at a path; gives back the one that stood there.
    pub fn insert(&mut self, path: Path, entry: Entry) -> Option<Entry> {
        self.0.insert(path, entry)
    }

    /// Entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Path, &Entry)> {
        self.0.iter()
    }

    /// Takes the value at a path out.
    pub fn remove(&mut self, path: &Path) -> Option<Entry> {
        self.0.remove(path)
    }

    /// The entries that a filter selects (`state.filter`).
    #[must_use]
    pub fn filter(&self, filter: &Filter) -> Self {
        let selected = |(path, entry): &(&Path, &Entry)| {
            filter.selects(path, &DynVariable::from(Entry::clone(entry)))
        };
        let entries = self.0.iter().filter(selected);
        entries.map(|(path, entry)| (path.clone(), entry.clone())).collect()
    }

    /// How many variables there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there no variable?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many elements there are in all variables.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.0.values().map(|entry| entry.array.elements()).fold(0, usize::saturating_add)
    }
}

impl FromIterator<(Path, Entry)> for State {
    fn from_iter<I: IntoIterator<Item = (Path, Entry)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
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

/// All variables of a model (`nnx.state`). The arrays are shared until one side changes.
#[must_use]
pub fn state<M: Module + ?Sized>(model: &M) -> State {
    state_of(&Filter::everything(), model)
}

/// The variables of a model that a filter selects.
///
/// # Panics
/// If two variables have one path: a [`Module`] that is written by hand must give each another one.
#[must_use]
pub fn state_of<M: Module + ?Sized>(filter: &Filter, model: &M) -> State {
    let mut state = State::default();
    model.visit(&mut Visitor::new(&mut |path, variable| {
        if filter.selects(path, variable) {
            let entry = Entry { kind: variable.kind(), array: variable.array().clone() };
            let twin = state.insert(path.clone(), entry);
            assert!(twin.is_none(), "two variables stand at `{path}`: give one another name");
        }
    }));
    state
}

/// How many numbers a model trains: the elements of its variables of kind `Param`.
#[must_use]
pub fn parameters<M: Module + ?Sized>(model: &M) -> usize {
    state_of(&Filter::kind::<kind::Param>(), model).elements()
}

/// Gives every variable of a model the value that the state has for it (`nnx.update`).
///
/// # Errors
/// If a variable is missing from the state, one is there that the model doesn't have, or a shape or
/// element type differs: all are named, and the model is unchanged. (Flax takes any of these silently.)
pub fn update<M: Module + ?Sized>(model: &mut M, state: &State) -> Result<(), StateError> {
    update_of(&Filter::everything(), model, state)
}

/// As [`update`], for the variables that a filter selects: the state must hold just these.
///
/// # Errors
/// As [`update`].
pub fn update_of<M: Module + ?Sized>(
    filter: &Filter,
    model: &mut M,
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
    if !mismatches.is_empty() {
        return Err(StateError::new(mismatches));
    }
    model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
        if let Some(entry) = state.get(path).filter(|_| filter.selects(path, variable)) {
            variable.set_array(entry.array.clone()).expect("every array was checked above");
        }
    }));
    Ok(())
}

/// An error unless a state has the paths, shapes and types that are expected.
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
