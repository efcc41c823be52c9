//! Errors of training.

use crate::{CollectiveError, DataError, NotFinite};

/// Why training stopped with an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The loss or the gradients aren't finite.
    #[error(transparent)]
    NotFinite(#[from] Box<NotFinite>),

    /// A batch can't be made.
    #[error(transparent)]
    Data(#[from] DataError),

    /// The model can't be differentiated, or isn't the optimizer's.
    #[error(transparent)]
    Model(#[from] nnx_core::Error),

    /// Ranks can't go on together: one has ended, has failed, or runs another program.
    #[error(transparent)]
    Ranks(#[from] CollectiveError),

    /// Early stopping or the best checkpoint looks at a metric that no evaluation measures.
    #[error(
        "no evaluation measures `{metric}`, by which the best model is chosen; it measures {}",
        list(measured)
    )]
    NoSuchMetric {
        /// The requested name.
        metric: String,
        /// The names that exist.
        measured: Vec<String>,
    },

    /// A setting of the loop contradicts the others.
    #[error("{0}")]
    Setting(&'static str),

    /// A run would begin anew in a directory that has checkpoints.
    #[error(
        "{}: it has checkpoints of a run, the last of step {step}: go on with it by `resume(true)`, such as for \
         `--resume`, or name another directory",
        directory.display()
    )]
    NotResumed {
        /// The directory.
        directory: std::path::PathBuf,
        /// The step of its last checkpoint.
        step: u64,
    },

    /// Checkpoints can't be written or read.
    #[cfg(feature = "checkpoints")]
    #[error(transparent)]
    Checkpoint(Box<crate::ManagerError>),

    /// Ctrl-C can't be caught.
    #[error("Ctrl-C can't be caught: {0}")]
    Signals(String),

    /// An error of the program's own functions.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(feature = "checkpoints")]
impl From<crate::ManagerError> for TrainError {
    fn from(error: crate::ManagerError) -> Self {
        Self::Checkpoint(Box::new(error))
    }
}

impl From<NotFinite> for TrainError {
    fn from(error: NotFinite) -> Self {
        Self::NotFinite(Box::new(error))
    }
}

impl TrainError {
    /// An error that a pass has noted, which it keeps.
    pub(crate) fn of_pass(error: &nnx_core::Error) -> Self {
        Self::Other(error.to_string().into())
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
