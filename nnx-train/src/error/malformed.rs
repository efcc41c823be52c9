//! One value of a file that isn't what was expected.

/// One value, or a whole row, that isn't what was expected: where, what was expected, what was found, and what
/// to do.
///
/// ```
/// use nnx_train::Malformed;
///
/// let error = Malformed::new("people.csv", "a number", "`ten`").line(4).column("age");
/// assert_eq!(error.to_string(), "people.csv: line 4, column `age`: expected a number, found `ten`");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}: {place}expected {expected}, found {found}{fix}")]
pub struct Malformed {
    /// Path of the file.
    pub file: String,
    /// The line or row, and the column, as in `line 4, column `age`: `; empty if the whole file is meant.
    pub place: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What to do, after `; `; may be empty.
    pub fix: String,
}

impl Malformed {
    /// The most characters of a value in a message.
    const SHOWN: usize = 60;

    /// A whole file of the wrong form.
    pub fn new(
        file: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (file, expected, found) = (file.into(), expected.into(), found.into());
        Self { file, place: String::new(), expected, found, fix: String::new() }
    }

    /// Adds the line, counted from 1.
    #[must_use]
    pub fn line(self, line: u64) -> Self {
        self.within(&format!("line {line}"))
    }

    /// Adds the row, counted from 1.
    #[must_use]
    pub fn row(self, row: u64) -> Self {
        self.within(&format!("row {row}"))
    }

    /// The location without the column, which was added already.
    fn within(self, row: &str) -> Self {
        let separator = if self.place.is_empty() { ": " } else { ", " };
        Self { place: format!("{row}{separator}{}", self.place), ..self }
    }

    /// Adds the name of the column.
    #[must_use]
    pub fn column(mut self, name: &str) -> Self {
        self.place = match self.place.strip_suffix(": ") {
            Some(row) => format!("{row}, column `{name}`: "),
            None => format!("column `{name}`: "),
        };
        self
    }

    /// Adds the fix.
    #[must_use]
    pub fn fix(self, fix: &str) -> Self {
        Self { fix: format!("; {fix}"), ..self }
    }

    /// A value in quotes; a long one is cut.
    #[must_use]
    pub fn quote(value: &str) -> String {
        match value.char_indices().nth(Self::SHOWN) {
            Some((end, _)) => format!("`{}..`", &value[..end]),
            None => format!("`{value}`"),
        }
    }
}

impl From<Malformed> for crate::DataError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(Box::new(error))
    }
}
