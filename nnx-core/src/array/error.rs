//! Errors of shapes and element types that are known only at run time.

use thiserror::Error;

use super::{DType, Dims};

/// A shape or an element type that doesn't fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// An array is converted to a tensor of a different shape.
    #[error("expected a tensor of shape {expected}, found an array of shape {found}: {problem}")]
    Shape {
        /// The shape of the type.
        expected: String,
        /// The shape of the array.
        found: Dims,
        /// The axes that differ, counted from 0, with both sizes.
        problem: String,
    },
    /// Two tensors differ in axes that must have the same size.
    #[error("`{operation}`: {problem}")]
    Lengths {
        /// The operation's name.
        operation: &'static str,
        /// The axes that differ, counted from 0, with both sizes, and what to do.
        problem: String,
    },
    /// The elements have a different type than expected.
    #[error("expected elements of type {expected}, found {found}: convert with `cast`")]
    DType {
        /// The expected element type.
        expected: DType,
        /// The actual element type.
        found: DType,
    },
    /// The number of elements isn't that of the shape.
    #[error("expected {expected} elements for shape {shape}, found {found}")]
    Elements {
        /// The shape.
        shape: String,
        /// The number of elements of the shape.
        expected: String,
        /// The number of elements given.
        found: usize,
    },
    /// A shape that is larger than the address space.
    #[error(
        "`{operation}` would give shape {dims} of {dtype}, which takes {}: more than a program can address",
        super::allocation::bytes(*dims, *dtype)
    )]
    BeyondMemory {
        /// The operation's name.
        operation: &'static str,
        /// The shape.
        dims: Dims,
        /// The type of its elements.
        dtype: DType,
    },
    /// Operands that an operation can't take.
    #[error("`{operation}` {problem}")]
    Operands {
        /// The operation's name.
        operation: &'static str,
        /// What it expected and what it found.
        problem: String,
    },
    /// An index out of the range of its axis.
    #[error(
        "`{operation}` was given index {index} at position {position}, outside 0..{size}: check the labels or tokens{}",
        what_to_do(*index)
    )]
    Index {
        /// The operation's name.
        operation: &'static str,
        /// The index.
        index: i64,
        /// Its position among the indices.
        position: usize,
        /// The size of the axis.
        size: usize,
    },
}

impl ShapeError {
    /// Operands that `operation` can't take.
    #[must_use]
    pub fn operands(operation: &'static str, problem: impl Into<String>) -> Self {
        Self::Operands { operation, problem: problem.into() }
    }
}

/// What to do about an index below 0, behind the message.
fn what_to_do(index: i64) -> &'static str {
    match index {
        // The default `ignore_index` of PyTorch's losses.
        -100 => "; labels to ignore are left out by a mask, see `nn::masked_mean`",
        ..0 => "; no index counts from the end",
        _ => "",
    }
}

/// Unwraps a result, and panics with the error at the caller's line.
pub(crate) trait OrPanic<T> {
    /// The value, or a panic with the text of the error, at the line of the caller. (A closure given to
    /// `unwrap_or_else` would report a line of its own.)
    fn or_panic(self) -> T;
}
impl<T, E: std::fmt::Display> OrPanic<T> for Result<T, E> {
    #[track_caller]
    fn or_panic(self) -> T {
        match self {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }
}
