//! A file of another library that doesn't fit its model: every tensor that is wrong.

use std::fmt;

use crate::array::DType;
use crate::module::Path;

/// A file of another library that doesn't fit its model: every tensor that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignError {
    /// What is wrong, in the model's order, then by the names in the file.
    pub mismatches: Vec<ForeignMismatch>,
}

/// One tensor of a file that doesn't fit the model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignMismatch {
    /// The model has a variable whose tensor the file doesn't have.
    Missing {
        /// Where the variable is in the model.
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
    /// The tensor doesn't give the variable's shape.
    Shape {
        /// Where the variable is in the model.
        path: Path,
        /// The variable's shape.
        expected: String,
        /// The tensor's name.
        name: String,
        /// The tensor's shape in the file.
        found: String,
        /// What becomes of the tensor where that isn't its own shape, or why nothing does; else empty.
        laid_out: String,
    },
    /// The tensor has other elements than the variable.
    DType {
        /// Where the variable is in the model.
        path: Path,
        /// The variable's type.
        expected: DType,
        /// The tensor's name.
        name: String,
        /// The tensor's type.
        found: DType,
    },
    /// The variable belongs to a shared module, and the tensor gives it other values.
    ReadOnly {
        /// Where the variable is in the model.
        path: Path,
        /// The tensor's name.
        name: String,
    },
}

impl fmt::Display for ForeignMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path, shape, name } => {
                write!(f, "missing: {path} of shape {shape}, named {name} there")
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
                    "wrong elements: {path} holds {expected} in the model, {name} {found} here"
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
