//! One error for all that can go wrong, for callers who pass errors on.

use crate::array::ShapeError;
use crate::module::{GradError, StateError};
use crate::random::RandomError;

/// Any error of this library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A shape, an element type or an index that doesn't fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A random stream that isn't there.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A state that doesn't fit its model.
    #[error(transparent)]
    State(#[from] StateError),
    /// A differentiation that has nothing to differentiate.
    #[error(transparent)]
    Grad(#[from] GradError),
    /// A file of weights that can't be read or written.
    #[cfg(feature = "safetensors")]
    #[error(transparent)]
    Checkpoint(#[from] crate::io::CheckpointError),
}
