//! Variables that can't be split.

use std::fmt;

use thiserror::Error as ThisError;

use crate::module::{KindId, Path};

/// Variables that can't be split.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum SplitError {
    /// No filter selects these variables.
    #[error("{}", left_over(variables, *total))]
    LeftOver {
        /// Their paths and kinds.
        variables: Vec<(Path, KindId)>,
        /// The number of all variables.
        total: usize,
    },
    /// A filter that selects everything isn't the last one.
    #[error(
        "filter {} of {filters} ({filter}) takes all variables that are left, so that none are left for the \
         filters after it: put it last",
        position + 1
    )]
    RestNotLast {
        /// Its index.
        position: usize,
        /// The number of filters.
        filters: usize,
        /// The filter.
        filter: String,
    },
}

/// A message names at most this many variables.
const SHOWN: usize = 1000;

fn left_over(variables: &[(Path, KindId)], total: usize) -> String {
    struct Lines<'a>(&'a [(Path, KindId)]);
    impl fmt::Display for Lines<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let shown = &self.0[..SHOWN.min(self.0.len())];
            shown.iter().try_for_each(|(path, kind)| write!(f, "\n  {path} of kind {kind:?}"))?;
            match self.0.len() - shown.len() {
                0 => Ok(()),
                more => write!(f, "\n  and {more} more"),
            }
        }
    }
    let verb = if variables.len() == 1 { "is" } else { "are" };
    format!(
        "{} of {total} variables {verb} left over, since no filter selects them: add a filter for them, or \
         `Filter::rest()` as the last one{}",
        variables.len(),
        Lines(variables)
    )
}
