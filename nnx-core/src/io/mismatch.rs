//! Differences between a file of another library and a model.

use std::fmt;

use crate::array::DType;
use crate::module::Path;

/// A file of another library that doesn't fit its model, with all tensors that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignError {
    /// The differences: first in the model's order, then the unexpected ones by name.
    pub mismatches: Vec<ForeignMismatch>,
}

/// One tensor of a file that doesn't fit the model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignMismatch {
    /// The model has a variable whose tensor the file doesn't have.
    Missing {
        /// The variable's path.
        path: Path,
        /// The variable's shape.
        shape: String,
        /// The tensor's name.
        name: String,
    },
    /// The file has a tensor that no variable is read from.
    Unexpected {
        /// The tensor's name.
        name: String,
        /// Its shape.
        shape: String,
    },
    /// The tensor has another shape than the variable, also after the steps of its `Source`.
    Shape {
        /// The variable's path.
        path: Path,
        /// The variable's shape.
        expected: String,
        /// The tensor's name.
        name: String,
        /// The tensor's shape in the file.
        found: String,
        /// `laid out (..)`, the shape after the [`Source`](super::Source)'s steps, if they change it; or why a step
        /// can't be applied. Else empty.
        laid_out: String,
    },
    /// The tensor has another element type than the variable.
    DType {
        /// The variable's path.
        path: Path,
        /// The variable's type.
        expected: DType,
        /// The tensor's name.
        name: String,
        /// The tensor's type.
        found: DType,
    },
    /// The variable belongs to a shared module, and the tensor has other values.
    ReadOnly {
        /// The variable's path.
        path: Path,
        /// The tensor's name.
        name: String,
    },
}

impl fmt::Display for ForeignMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path, shape, name } => {
                write!(f, "missing: {path} of shape {shape}, named {name} in the file")
            }
            Self::Unexpected { name, shape } => {
                write!(f, "unexpected: {name} of shape {shape}")
            }
            Self::Shape { path, expected, name, found, laid_out } => {
                let separator = if laid_out.is_empty() { "" } else { ", " };
                write!(
                    f,
                    "wrong shape: {path} is {expected} in the model, {name} is {found} here\
                     {separator}{laid_out}"
                )
            }
            Self::DType { path, expected, name, found } => {
                write!(
                    f,
                    "wrong element type: {path} is {expected} in the model, {name} is {found} here"
                )
            }
            Self::ReadOnly { path, name } => write!(
                f,
                "read-only: {path} belongs to a shared module (`Arc`, `Rc` or `&`) and has other values \
                 than {name} here: load the module before it is shared"
            ),
        }
    }
}

impl fmt::Display for ForeignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.mismatches.len();
        let tensors = if count == 1 { "tensor doesn't" } else { "tensors don't" };
        write!(f, "{count} {tensors} fit the model, which is unchanged:")?;
        self.mismatches.iter().try_for_each(|mismatch| write!(f, "\n  {mismatch}"))
    }
}

impl std::error::Error for ForeignError {}
