//! Counts broken items that were left out.

use std::fmt;

use crate::DataError;

/// Whether a reader stops at a broken row or item, or leaves it out and counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBroken {
    /// The first broken item is returned as an error.
    #[default]
    Fail,
    /// Broken items are left out, counted, and reported at the end: [`Skipped`].
    Skip,
}

/// How many items were left out because they are broken, and the first messages.
///
/// ```
/// use nnx_train::Skipped;
///
/// assert_eq!(Skipped::default().to_string(), "nothing skipped");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    count: u64,
    first: Vec<String>,
}

impl Skipped {
    /// The most messages that are kept.
    const KEPT: usize = 5;

    /// The number of items that were left out.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The messages of the first five of them.
    pub fn messages(&self) -> &[String] {
        &self.first
    }

    /// The value; or `None`, if the error was counted.
    pub(crate) fn note<T>(&mut self, result: Result<T, DataError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.count += 1;
                if self.first.len() < Self::KEPT {
                    self.first.push(error.to_string());
                }
                None
            }
        }
    }

    /// As [`note`](Self::note) under [`OnBroken::Skip`]; otherwise the error itself.
    pub(crate) fn note_or<T>(
        &mut self,
        on_broken: OnBroken,
        result: Result<T, DataError>,
    ) -> Result<Option<T>, DataError> {
        match on_broken {
            OnBroken::Fail => result.map(Some),
            OnBroken::Skip => Ok(self.note(result)),
        }
    }

    /// Adds the counts of another one.
    pub(crate) fn add(&mut self, other: &Self) {
        self.count += other.count;
        let room = Self::KEPT - self.first.len();
        self.first.extend(other.first.iter().take(room).cloned());
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            return f.write_str("nothing skipped");
        }
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} item{plural} skipped: {}", self.count, self.first.join("; "))?;
        match self.count - self.first.len() as u64 {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}
