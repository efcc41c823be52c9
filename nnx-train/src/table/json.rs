//! JSON lines.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Deserializer;
use serde_json::error::Category;

use super::{Rows, typed};
use crate::reader::NamedReader;
use crate::{DataError, Malformed, OnBroken, Skipped};

/// How a file of JSON lines is read: each line is a value, which serde turns into a row. Empty lines are passed over.
/// Files may be gzipped.
///
/// ```
/// use nnx_train::{Dataset, JsonLines};
///
/// #[derive(Clone, Debug, serde::Deserialize)]
/// struct Review {
///     text: String,
///     stars: u8,
/// }
///
/// let lines = br#"{"text": "good", "stars": 5}
/// {"text": "bad", "stars": "one"}"#;
/// assert_eq!(
///     JsonLines::new().read_bytes::<Review>("reviews.jsonl", lines).unwrap_err().to_string(),
///     "reviews.jsonl: line 2, column `stars`: expected u8, found string \"one\"",
/// );
/// let reviews = JsonLines::new().skip_broken().read_bytes::<Review>("reviews.jsonl", lines)?;
/// assert_eq!((reviews.get(0)?.stars, reviews.skipped().count()), (5, 1));
/// # assert_eq!(reviews.get(0)?.text, "good");
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines {
    on_broken: OnBroken,
}

impl JsonLines {
    /// A reader that stops at the first broken line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out broken lines, and counts them: [`Rows::skipped`].
    #[must_use]
    pub fn skip_broken(self) -> Self {
        Self { on_broken: OnBroken::Skip }
    }

    /// Reads a file of at most 1 GiB.
    ///
    /// # Errors
    /// A file that can't be read, has no rows, or has a broken line. The error names the line, the field, what was
    /// expected and what was found.
    pub fn read<R: DeserializeOwned>(&self, path: impl AsRef<Path>) -> Result<Rows<R>, DataError> {
        self.parse(NamedReader::open(path.as_ref())?)
    }

    /// [`read`](Self::read) from bytes, which errors name `name`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_bytes<R: DeserializeOwned>(
        &self,
        name: &str,
        bytes: &[u8],
    ) -> Result<Rows<R>, DataError> {
        self.parse(NamedReader::new(name.into(), bytes)?)
    }

    fn parse<R: DeserializeOwned>(&self, reader: NamedReader<'_>) -> Result<Rows<R>, DataError> {
        let (file, text) = reader.text()?;
        let (mut rows, mut skipped) = (Vec::new(), Skipped::default());
        for (line, number) in text.lines().zip(1..) {
            if !line.trim().is_empty() {
                rows.extend(skipped.note_or(self.on_broken, row(&file, line, number))?);
            }
        }
        Rows::new(file, rows, skipped)
    }
}

fn row<R: DeserializeOwned>(file: &str, line: &str, number: u64) -> Result<R, DataError> {
    let mut json = Deserializer::from_str(line);
    let row = value(file, &mut json).map_err(|malformed| malformed.line(number))?;
    json.end()
        .map_err(|_| Malformed::new(file, "one value in a line", "more after it").line(number))?;
    Ok(row)
}

/// A value of any format that serde knows, with the field of an error.
pub(super) fn value<'de, R, D>(file: &str, values: D) -> Result<R, Malformed>
where
    R: DeserializeOwned,
    D: serde::Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(values).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        // The position within the line is at the end of the message.
        let message = message.split(" at line ").next().unwrap_or_default();
        let malformed = match error.inner().classify() {
            Category::Data => typed::malformed(file, message),
            _ => Malformed::new(file, "JSON", format!("other text ({message})")),
        };
        // `?` is a field whose name wasn't read.
        if path == "." || path == "?" { malformed } else { malformed.column(&path) }
    })
}
