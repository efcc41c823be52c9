//! CSV and TSV files.

mod lines;

use std::path::Path;

use csv::{ByteRecord, DeserializeErrorKind, ErrorKind, ReaderBuilder, StringRecord, Trim};
use lines::{Lines, ends_in_quotes, index};
use serde::de::DeserializeOwned;

use super::{Rows, typed};
use crate::reader::{LIMIT, NamedReader};
use crate::{DataError, Malformed, OnBroken, Skipped};

/// How a file of separated values is read. The first line has the names of the columns; each further line is a row,
/// which serde turns into a struct with fields of these names, or into a tuple by position.
///
/// Spaces around values are dropped, and values may be in double quotes. An empty value is missing: `None` in a field
/// `Option<f32>`, and an error in a field `f32`. A `bool` is `true` or `false`, in small or large letters. Files may be
/// gzipped.
///
/// ```
/// use nnx_train::{Csv, Dataset};
///
/// #[derive(Clone, Debug, serde::Deserialize)]
/// struct Person {
///     age: Option<f32>,
///     city: String,
/// }
///
/// let people = Csv::comma().missing(["?"]).read_bytes::<Person>("people.csv", b"age,city\n31,Rome\n?,Oslo\n")?;
/// assert_eq!((people.get(0)?.age, people.get(1)?.age), (Some(31.0), None));
/// assert_eq!(
///     Csv::comma().read_bytes::<Person>("people.csv", b"age,city\nten,Rome\n").unwrap_err().to_string(),
///     "people.csv: line 2, column `age`: expected a number, found `ten`",
/// );
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    delimiter: u8,
    header: bool,
    missing: Vec<String>,
    on_broken: OnBroken,
}

impl Csv {
    /// Values that are separated by commas.
    pub fn comma() -> Self {
        Self::delimiter(b',')
    }

    /// Values that are separated by tabs (TSV).
    pub fn tabs() -> Self {
        Self::delimiter(b'\t')
    }

    /// Values that are separated by this ASCII character, such as `b';'`.
    pub fn delimiter(delimiter: u8) -> Self {
        Self { delimiter, header: true, missing: Vec::new(), on_broken: OnBroken::Fail }
    }

    /// For files without a header: the first line is a row, and rows are read as tuples.
    #[must_use]
    pub fn without_header(self) -> Self {
        Self { header: false, ..self }
    }

    /// Texts that mark a missing value, such as `NA` and `?`, besides the empty one.
    #[must_use]
    pub fn missing<'a>(self, markers: impl IntoIterator<Item = &'a str>) -> Self {
        Self { missing: markers.into_iter().map(str::to_owned).collect(), ..self }
    }

    /// Leaves out broken rows, and counts them: [`Rows::skipped`]. Otherwise the first is an error.
    #[must_use]
    pub fn skip_broken(self) -> Self {
        Self { on_broken: OnBroken::Skip, ..self }
    }

    /// Reads a file of at most 1 GiB.
    ///
    /// # Errors
    /// A file that can't be read, has no rows, or has a broken row. The error names the line, the column, what was
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
        let (file, bytes) = reader.bytes(LIMIT)?;
        let mut reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(self.header)
            .trim(Trim::All)
            .from_reader(&bytes[..]);
        let names = match self.header {
            true => Some(header(&file, reader.headers().map_err(|e| broken(&file, 1, &e))?)?),
            false => None,
        };
        let (mut rows, mut skipped) = (Vec::new(), Skipped::default());
        let (mut record, mut lines) = (ByteRecord::new(), Lines::new(&bytes));
        loop {
            let read = reader.read_byte_record(&mut record);
            if matches!(read, Ok(false)) {
                break;
            }
            let place = read.as_ref().err().and_then(csv::Error::position).or(record.position());
            let start = place.unwrap_or(reader.position()).byte();
            let line = lines.at(start);
            let is_last = reader.position().byte() >= bytes.len() as u64;
            let row = if is_last && ends_in_quotes(&bytes[index(start, &bytes)..], self.delimiter) {
                let end = Malformed::new(&file, "a closing `\"`", "the end of the file");
                Err(end.line(line).into())
            } else {
                match read {
                    Ok(_) => self.row(&file, line, names.as_ref(), &record),
                    Err(error) => Err(broken(&file, line, &error)),
                }
            };
            rows.extend(skipped.note_or(self.on_broken, row)?);
        }
        Rows::new(file, rows, skipped)
    }

    fn row<R: DeserializeOwned>(
        &self,
        file: &str,
        line: u64,
        names: Option<&StringRecord>,
        record: &ByteRecord,
    ) -> Result<R, DataError> {
        let text = StringRecord::from_byte_record(record.clone()).map_err(|error| {
            let place = column(names, error.utf8_error().field());
            Malformed::new(file, "UTF-8 text", "other bytes").line(line).column(&place)
        })?;
        let absent = |value: &str| self.missing.iter().any(|marker| marker == value);
        let mut text: StringRecord =
            text.iter().map(|value| if absent(value) { "" } else { value }).collect();
        loop {
            let error = match text.deserialize(names) {
                Ok(row) => return Ok(row),
                Err(error) => error,
            };
            // Each round spells one more value in small letters.
            match spelled(&text, &error) {
                Some(other) => text = other,
                None => return Err(refused::<R>(file, line, names, &text, &error)),
            }
        }
    }
}

/// The row with `true` in place of pandas' `True` and Excel's `TRUE` where such a value was refused. A text stays as it is.
fn spelled(text: &StringRecord, error: &csv::Error) -> Option<StringRecord> {
    let ErrorKind::Deserialize { err, .. } = error.kind() else { return None };
    let (DeserializeErrorKind::ParseBool(_), Some(refused)) = (err.kind(), err.field()) else {
        return None;
    };
    let refused = usize::try_from(refused).ok()?;
    let value = text.get(refused)?;
    let value = ["true", "false"].into_iter().find(|word| word.eq_ignore_ascii_case(value))?;
    let values = text.iter().enumerate();
    Some(values.map(|(index, own)| if index == refused { value } else { own }).collect())
}

/// Why a row isn't a value of the type of rows, and which of its columns.
fn refused<R: DeserializeOwned>(
    file: &str,
    line: u64,
    names: Option<&StringRecord>,
    text: &StringRecord,
    error: &csv::Error,
) -> DataError {
    let ErrorKind::Deserialize { err, .. } = error.kind() else {
        return broken(file, line, error);
    };
    let index = err.field().and_then(|index| usize::try_from(index).ok());
    let found = match index.and_then(|index| text.get(index)) {
        Some("") | None => "no value".to_owned(),
        Some(value) => Malformed::quote(value),
    };
    let malformed = match err.kind() {
        DeserializeErrorKind::ParseFloat(_) => Malformed::new(file, "a number", found),
        DeserializeErrorKind::ParseInt(_) => Malformed::new(file, "a whole number", found),
        DeserializeErrorKind::ParseBool(_) => Malformed::new(file, "`true` or `false`", found),
        other => {
            let message = other.to_string();
            if let (Some(field), Some(names)) = (message.strip_prefix("missing field "), names) {
                return no_column(file, field, names).into();
            }
            typed::malformed(file, &message)
        }
    };
    let index = index.or_else(|| refused_column::<R>(names, text, &err.kind().to_string()));
    let malformed = malformed.line(line);
    match index {
        Some(index) => malformed.column(&column(names, index)).into(),
        None => malformed.into(),
    }
}

/// The column that a type of the program has refused, such as a label or an enum, as `csv` doesn't say where it was: the
/// last one of the shortest start of the row that is refused in the same words.
fn refused_column<R: DeserializeOwned>(
    names: Option<&StringRecord>,
    text: &StringRecord,
    message: &str,
) -> Option<usize> {
    let is_refused = |&last: &usize| {
        let start = |row: &StringRecord| row.iter().take(last + 1).collect::<StringRecord>();
        let (values, names) = (start(text), names.map(start));
        let refused = values.deserialize::<R>(names.as_ref()).err();
        refused.is_some_and(|error| match error.kind() {
            ErrorKind::Deserialize { err, .. } => err.kind().to_string() == message,
            _ => false,
        })
    };
    // Where serde collects the fields of a row first, by `flatten`, the last column isn't the refused one.
    (0..text.len()).find(is_refused).filter(|&column| message.contains(&text[column]))
}

/// The name of a column, or its number from 1.
fn column(names: Option<&StringRecord>, index: usize) -> String {
    match names.and_then(|names| names.get(index)) {
        Some(name) => name.to_owned(),
        None => (index + 1).to_string(),
    }
}

/// The names of the columns, each of which occurs once.
fn header(file: &str, names: &StringRecord) -> Result<StringRecord, DataError> {
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|before| before == name) {
            let found = format!("{} twice", Malformed::quote(name));
            return Err(Malformed::new(file, "columns of different names", found).line(1).into());
        }
    }
    Ok(names.clone())
}

/// A field of the row, in quotes, that no column has.
fn no_column(file: &str, field: &str, names: &StringRecord) -> Malformed {
    let columns: Vec<&str> = names.iter().take(20).collect();
    let more = if names.len() > 20 { ", .." } else { "" };
    let found = format!("{}{more}", columns.join(", "));
    let other = [(';', "`Csv::delimiter(b';')`"), ('\t', "`Csv::tabs()`"), (',', "`Csv::comma()`")];
    let other =
        other.iter().find(|(separator, _)| names.len() == 1 && names[0].contains(*separator));
    let fix = match other {
        Some((_, reader)) => format!("values may be separated otherwise: read it by {reader}"),
        None => "change the name of the column or of the field, or make it an `Option` if it may be missing".to_owned(),
    };
    Malformed::new(file, format!("a column {field}"), found).line(1).fix(&fix)
}

/// A line that isn't a row of values.
fn broken(file: &str, line: u64, error: &csv::Error) -> DataError {
    let malformed = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => Malformed::new(
            file,
            format!("{expected_len} values, as in the first line"),
            len.to_string(),
        ),
        ErrorKind::Utf8 { .. } => Malformed::new(file, "UTF-8 text", "other bytes"),
        _ => Malformed::new(file, "separated values", error.to_string()),
    };
    malformed.line(line).into()
}
