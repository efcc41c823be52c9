//! [`Error`]: one type for all errors of the library.

use crate::array::ShapeError;
use crate::metrics::MetricError;
use crate::module::{Bf16Error, GradError, PassError, SplitError, StateError};
use crate::random::RandomError;

/// Any error of this library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A shape, an element type or an index that doesn't fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A random stream that doesn't exist.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A state that doesn't fit its model.
    #[error(transparent)]
    State(#[from] StateError),
    /// Variables that can't be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A pass that can't be committed.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// A model or a loss that can't be differentiated.
    #[error(transparent)]
    Grad(#[from] GradError),
    /// Weights that can't be stored as bf16.
    #[error(transparent)]
    Bf16(#[from] Bf16Error),
    /// A metric that lacks an argument, or whose arguments don't fit.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A file of weights that can't be read or written.
    #[cfg(feature = "safetensors")]
    #[error(transparent)]
    Checkpoint(#[from] crate::io::CheckpointError),
    /// A program that can't be written to a file or read from one.
    #[cfg(feature = "safetensors")]
    #[error(transparent)]
    Program(#[from] crate::io::ProgramFileError),
    /// A program that isn't one of any length, or lengths for which there is none.
    #[cfg(feature = "safetensors")]
    #[error(transparent)]
    Symbolic(#[from] crate::io::SymbolicError),
    /// An error from elsewhere; see [`Error::other`].
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An error of your own, for [`Pass::fail`](crate::module::Pass::fail) or the result of a function that is
    /// differentiated.
    ///
    /// ```
    /// use nnx_core::{Error, module::Pass};
    ///
    /// let mut pass = Pass::train();
    /// pass.fail(Error::other("the batch is empty"));
    /// ```
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}
