//! Differences between a file of another library and a model.

use std::fmt;

use super::header::shortened;
use crate::array::DType;
use crate::module::Path;

/// The differences between a file of another library and a model: all tensors that don't fit.
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
    /// The shape of the tensor isn't that of the variable, even after the steps of its `Source`.
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
    /// The elements of the tensor can't be converted to those of the variable.
    DType {
        /// The variable's path.
        path: Path,
        /// The variable's type.
        expected: DType,
        /// The tensor's name.
        name: String,
        /// The tensor's type.
        found: String,
    },
    /// The tensor has a value that isn't one of the variable's element type.
    Value {
        /// The variable's path.
        path: Path,
        /// The variable's type.
        expected: DType,
        /// The tensor's name.
        name: String,
        /// The tensor's type.
        found: String,
        /// The value.
        value: String,
    },
    /// A tensor that should be the same as another one isn't.
    Untied {
        /// The tensor's name.
        name: String,
        /// The name of the other one.
        other: String,
    },
    /// The variable belongs to a shared module, and the values of the tensor differ from it.
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
                write!(f, "unexpected: {} of shape {shape}", shortened(name))
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
            Self::Value { path, expected, name, found, value } => write!(
                f,
                "a value that would change: {path} is {expected} in the model, {name} is {found} here and has \
                 {value}, which isn't a value of {expected}"
            ),
            Self::Untied { name, other } => {
                write!(
                    f,
                    "not tied: {name} differs from {other}, whose weights the model has for both"
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

impl ForeignMismatch {
    /// The fix for a mismatch.
    fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "missing: correct the names given to `Foreign`, or load the rest of the model by `load_of`"
            }
            Self::Unexpected { .. } => {
                "unexpected: ignore tensors that the model doesn't need by `Foreign::ignoring`"
            }
            Self::Shape { .. } => {
                "wrong shape: change the sizes of the model, or the layout by the steps of a `Source`"
            }
            Self::DType { .. } => {
                "wrong element type: change the type of the variable, or convert the file"
            }
            Self::Value { expected: DType::F32, .. } => {
                "a value that would change: round by `Foreign::rounding` if it is within the range of f32, or make the variable f64"
            }
            Self::Value { expected: DType::Bf16, .. } => {
                "a value that would change: round by `Foreign::rounding` if it is within the range of bf16, or widen the variable \
                 by `to_f32`"
            }
            Self::Value { .. } => "a value that would change: choose a wider type for the variable",
            Self::Untied { .. } => {
                "not tied: the file is of a model that has a head of its own; give it a variable"
            }
            Self::ReadOnly { .. } => "read-only: load the module before it is shared",
        }
    }
}

/// A message names at most this many mismatches: an untrusted file can't make it arbitrarily long.
const SHOWN: usize = 1000;

impl fmt::Display for ForeignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.mismatches.len();
        let tensors = if count == 1 { "tensor doesn't" } else { "tensors don't" };
        write!(f, "{count} {tensors} fit the model, which is unchanged:")?;
        self.mismatches.iter().take(SHOWN).try_for_each(|mismatch| write!(f, "\n  {mismatch}"))?;
        if count > SHOWN {
            write!(f, "\n  and {} more", count - SHOWN)?;
        }
        f.write_str("\nwhat to do:")?;
        let mut told = Vec::new();
        for help in self.mismatches.iter().map(ForeignMismatch::help) {
            if !told.contains(&help) {
                told.push(help);
                write!(f, "\n- {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ForeignError {}
