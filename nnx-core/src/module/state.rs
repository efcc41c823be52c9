//! The variables of a model as an ordered map: gradients, optimizer slots and checkpoints are states too.

use std::collections::BTreeMap;
use std::fmt;

use super::{DynVariable, Filter, KindId, Module, Path, Visitor, VisitorMut, kind};
use crate::array::{Array, DType, Dims, ShapeError};

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

/// A state that doesn't fit its model: every variable that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateError {
    /// What is wrong, in the model's order, then the state's.
    pub mismatches: Vec<Mismatch>,
    /// What stands above them, where it isn't that the model is unchanged.
    header: Option<&'static str>,
}

impl StateError {
    pub(crate) fn new(mismatches: Vec<Mismatch>) -> Self {
        Self { mismatches, header: None }
    }

    /// The same mismatches under another headline.
    pub(crate) fn under(self, header: &'static str) -> Self {
        Self { header: Some(header), ..self }
    }
}

/// One variable of a state that doesn't fit its model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The model has it, the state doesn't.
    Missing {
        /// Where.
        path: Path,
        /// The model's shape.
        shape: String,
    },
    /// The state has it, the model doesn't.
    Unexpected {
        /// Where.
        path: Path,
        /// The state's shape.
        shape: Dims,
    },
    /// Both have it, in different shapes.
    Shape {
        /// Where.
        path: Path,
        /// The model's shape.
        expected: String,
        /// The state's shape.
        found: Dims,
    },
    /// Both have it, with different elements.
    DType {
        /// Where.
        path: Path,
        /// The model's type.
        expected: DType,
        /// The state's type.
        found: DType,
    },
    /// The variable belongs to a shared module, and has other values.
    ReadOnly {
        /// Where.
        path: Path,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path, shape } => write!(f, "missing: {path} of shape {shape}"),
            Self::Unexpected { path, shape } => write!(f, "unexpected: {path} of shape {shape}"),
            Self::Shape { path, expected, found } => {
                write!(f, "wrong shape: {path} is {expected} in the model, {found} here")
            }
            Self::DType { path, expected, found } => {
                write!(f, "wrong elements: {path} holds {expected} in the model, {found} here")
            }
            Self::ReadOnly { path } => write!(
                f,
                "read-only: {path} belongs to a shared module (`Arc`, `Rc` or `&`) and has other values: \
                 load the module before it is shared"
            ),
        }
    }
}

/// Mismatches that a message names: those of any model at hand, but not of a file that was made to be long.
const SHOWN: usize = 1000;

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables =
            if self.mismatches.len() == 1 { "variable doesn't" } else { "variables don't" };
        match self.header {
            Some(header) => f.write_str(header)?,
            None => write!(
                f,
                "{} {variables} fit the model, which is unchanged:",
                self.mismatches.len()
            )?,
        }
        self.mismatches.iter().take(SHOWN).try_for_each(|mismatch| write!(f, "\n  {mismatch}"))?;
        match self.mismatches.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for StateError {}
