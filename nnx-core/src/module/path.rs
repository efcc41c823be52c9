//! Where a variable stands in a model.

use std::fmt;
use std::sync::Arc;

/// One step of a path: the name of a field, or an index.
///
/// Names sort as text, indices by number and behind names, which is Flax's order of state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A field's name, or a key of a map.
    Name(Arc<str>),
    /// A place in a tuple, an array or a `Vec`.
    Index(usize),
}

impl Key {
    /// What one part of a path's text stands for: an index if it is a number as it is printed, else a
    /// name. So every path is found again by its text.
    pub(crate) fn of(part: &str) -> Self {
        match part.parse::<usize>() {
            Ok(index) if index.to_string() == part => Self::Index(index),
            _ => Self::Name(part.into()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

/// The way from a model to one of its variables, written `layers/0/kernel`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<Key>);

impl Path {
    /// The path that [`Display`](fmt::Display) writes: a part that is a number is an index.
    ///
    /// ```
    /// use nnx_core::module::Path;
    ///
    /// let path = Path::parse("layers/0/kernel");
    /// assert_eq!((path.keys().len(), path.to_string()), (3, "layers/0/kernel".to_owned()));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split('/').filter(|part| !part.is_empty()).map(Key::of).collect())
    }

    /// The steps from the model on.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// Does this path lie within `other`?
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The path one step further.
    #[must_use]
    pub fn join(&self, key: Key) -> Self {
        Self(self.0.iter().cloned().chain([key]).collect())
    }

    /// Are these the steps anywhere on the way, one after the other?
    pub(super) fn contains(&self, steps: &Self) -> bool {
        !steps.0.is_empty() && self.0.windows(steps.0.len()).any(|part| part == steps.0)
    }

    pub(super) fn push(&mut self, key: Key) {
        self.0.push(key);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, key) in self.0.iter().enumerate() {
            write!(f, "{}{key}", if i > 0 { "/" } else { "" })?;
        }
        Ok(())
    }
}
