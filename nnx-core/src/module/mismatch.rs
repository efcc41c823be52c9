//! Differences between a state and a model.

use std::fmt;

use super::Path;
use crate::array::{DType, Dims};

/// A state that doesn't fit its model, with all variables that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateError {
    /// The differences: first in the model's order, then the unexpected ones in the state's.
    pub mismatches: Vec<Mismatch>,
    /// The first line of the message, if it isn't the usual one, which says that the model is unchanged.
    header: Option<&'static str>,
}

impl StateError {
    pub(crate) fn new(mismatches: Vec<Mismatch>) -> Self {
        Self { mismatches, header: None }
    }

    /// The same mismatches, with a different first line of the message.
    pub(crate) fn with_header(self, header: &'static str) -> Self {
        Self { header: Some(header), ..self }
    }
}

/// One variable of a state that doesn't fit its model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The variable is in the model only.
    Missing {
        /// The variable's path.
        path: Path,
        /// The model's shape.
        shape: String,
    },
    /// The variable is in the state only.
    Unexpected {
        /// The variable's path.
        path: Path,
        /// The state's shape.
        shape: Dims,
    },
    /// The shapes differ.
    Shape {
        /// The variable's path.
        path: Path,
        /// The model's shape.
        expected: String,
        /// The state's shape.
        found: Dims,
    },
    /// The element types differ.
    DType {
        /// The variable's path.
        path: Path,
        /// The model's type.
        expected: DType,
        /// The state's type.
        found: DType,
    },
    /// The variable belongs to a shared module, and its value differs from the model's.
    ReadOnly {
        /// The variable's path.
        path: Path,
    },
    /// Several of the states that are merged have this variable.
    Repeated {
        /// The variable's path.
        path: Path,
    },
    /// Arithmetic on states: the variable isn't floating-point.
    NotFloat {
        /// The variable's path.
        path: Path,
        /// Its element type.
        found: DType,
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
                write!(f, "wrong element type: {path} is {expected} in the model, {found} here")
            }
            Self::Repeated { path } => write!(f, "repeated: {path}"),
            Self::NotFloat { path, found } => {
                write!(f, "not floating-point: {path} has elements of type {found}")
            }
            Self::ReadOnly { path } => write!(
                f,
                "read-only: {path} belongs to a shared module (`Arc`, `Rc` or `&`) and has other values: \
                 load the module before it is shared"
            ),
        }
    }
}

/// A message names at most this many mismatches: enough for a real model, and an untrusted file can't make the
/// message arbitrarily long.
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
