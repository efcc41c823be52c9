//! The report of a run.

use std::io;
use std::path::PathBuf;

use crate::{Best, Skipped, Stop};

/// The report of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The number of steps that were done, including those before a resumption.
    pub steps: u64,
    /// Why the run ended.
    pub stop: Stop,
    /// The loss of the last step; NaN without steps.
    pub loss: f32,
    /// The metrics of the last evaluation.
    pub metrics: Vec<(String, f64)>,
    /// The best evaluation, if the run looks for it.
    pub best: Option<Best>,
    /// Broken items of the training data that were left out.
    pub skipped: Skipped,
    /// The last checkpoint.
    pub checkpoint: Option<PathBuf>,
    /// The errors of recorders, each of which then stopped recording.
    pub unrecorded: Vec<io::Error>,
}

impl Report {
    /// Whether the training is done, and not only a part of it, as after Ctrl-C or in a dry run.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.stop, Stop::Finished | Stop::NoImprovement)
    }

    /// A metric of the last evaluation.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|(metric, _)| metric == name).map(|(_, value)| *value)
    }
}
