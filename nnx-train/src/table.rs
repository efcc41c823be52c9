//! Rows of tables: CSV, JSON lines, Parquet, as values of a type of the program.
//!
//! | file | contents |
//! |---|---|
//! | `table` | rows in memory |
//! | `csv`, `json`, `parquet` | readers (features of these names) |
//! | `typed` | from the values of a row to a type, with the field of an error |
//! | `categories` | names as numbers, saved with the model |
//! | `standardize` | columns with mean 0 and deviation 1, saved with the model |

mod categories;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod standardize;
#[cfg(any(feature = "csv", feature = "json"))]
mod typed;

#[cfg(feature = "csv")]
pub use self::csv::Csv;
#[cfg(feature = "json")]
pub use self::json::JsonLines;
#[cfg(feature = "parquet")]
pub use self::parquet::Parquet;
pub use categories::{Categories, CategoryNames, CategoryNumbers};
pub use standardize::Standardize;

use crate::{DataError, Dataset, LoadingError, Skipped};

/// The rows of a table in memory: a [`Dataset`] whose items are rows. Convert them to the input of a model by
/// [`Dataset::map`] or `try_map`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows<R> {
    rows: Vec<R>,
    skipped: Skipped,
}

impl<R> Rows<R> {
    /// The rows that a reader has found, at least one.
    #[cfg(any(feature = "csv", feature = "json"))]
    fn new(file: String, rows: Vec<R>, skipped: Skipped) -> Result<Self, DataError> {
        if rows.is_empty() && skipped.count() > 0 {
            return Err(LoadingError::AllBroken(skipped.to_string()).into());
        }
        if rows.is_empty() {
            return Err(DataError::Empty { file, items: "rows" });
        }
        Ok(Self { rows, skipped })
    }

    /// The rows as a slice.
    pub fn as_slice(&self) -> &[R] {
        &self.rows
    }

    /// The errors of the rows that were left out.
    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }
}

impl<R: Clone + Send + Sync> Dataset for Rows<R> {
    type Item = R;

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn get(&self, index: usize) -> Result<R, DataError> {
        let len = self.rows.len();
        self.rows.get(index).cloned().ok_or_else(|| LoadingError::Index { index, len }.into())
    }
}
