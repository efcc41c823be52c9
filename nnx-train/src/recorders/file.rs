//! A file of lines to which only whole lines are appended.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use nnx_core::files::{self, ReadError};

use super::RecordError;
use super::append::Append;

/// The most bytes of one line.
const LONGEST_LINE: u64 = 1 << 24;

/// A file that is open for appending, and locked: a record has one writer.
#[derive(Debug)]
pub(super) struct LineFile {
    file: Append,
    /// The step of the last line.
    last: Option<u64>,
}

/// The kind of a line.
pub(super) enum Line {
    /// A heading, which is always kept.
    #[cfg_attr(not(feature = "csv"), allow(dead_code, reason = "JSON lines have none"))]
    Heading,
    /// A line of this step.
    Step(u64),
}

impl Line {
    /// The line, marked for removal: as a line of the largest step.
    pub(super) fn removed(self) -> Self {
        match self {
            Self::Step(_) => Self::Step(u64::MAX),
            Self::Heading => Self::Heading,
        }
    }
}

impl LineFile {
    /// Opens or creates the file, and keeps all whole lines up to the first of a later step than `until`. What
    /// follows is cut off, such as half a line that a killed process left.
    pub(super) fn open(
        path: &Path,
        expected: &'static str,
        step: impl Fn(u64, &str) -> Option<Line>,
        until: u64,
    ) -> Result<Self, RecordError> {
        let mut record = Self { file: Append::open(path)?, last: None };
        record.cut_back(expected, step, until)?;
        Ok(record)
    }

    /// Cuts off all lines from the first of a later step than `until`.
    pub(super) fn cut_back(
        &mut self,
        expected: &'static str,
        step: impl Fn(u64, &str) -> Option<Line>,
        until: u64,
    ) -> Result<(), RecordError> {
        let (mut end, mut last) = (0, None);
        let name = self.file.name.clone();
        each_line(&name, &mut self.file.file, |number, line, bytes| {
            match step(number, line) {
                Some(Line::Step(step)) if step > until => return Ok(false),
                Some(Line::Step(step)) => last = Some(step),
                Some(Line::Heading) => {}
                None => {
                    return Err(RecordError::line(name.as_ref(), number, expected, line));
                }
            }
            end += bytes;
            Ok(true)
        })?;
        self.last = last;
        self.file.cut(end)
    }

    /// Whether the file is empty: it has not even a heading.
    #[cfg(feature = "csv")]
    pub(super) fn is_empty(&self) -> bool {
        self.file.end == 0
    }

    /// The step of the last line, 0 if there is none.
    #[cfg(feature = "json")]
    pub(super) fn last_step(&self) -> u64 {
        self.last.unwrap_or(0)
    }

    /// An error if the step is lower than the last one.
    pub(super) fn check(&self, step: u64, names: &[&str]) -> Result<(), RecordError> {
        let file = || self.file.name.clone();
        match self.last {
            Some(last) if step < last => Err(RecordError::StepBack { file: file(), step, last }),
            _ if names.contains(&"") => Err(RecordError::NoName { file: file(), step }),
            _ => Ok(()),
        }
    }

    /// Appends whole lines of this step.
    pub(super) fn append(&mut self, step: Option<u64>, lines: &[u8]) -> Result<(), RecordError> {
        self.file.append(lines)?;
        self.last = step.or(self.last);
        Ok(())
    }

    pub(super) fn sync(&self) -> Result<(), RecordError> {
        self.file.sync()
    }
}

/// Reads all whole lines of a record. Half a line at the end, which a running or killed process left, is passed over.
pub(super) fn read_lines(
    path: &Path,
    mut line: impl FnMut(u64, &str) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let name = path.display().to_string();
    let mut file =
        files::open(path).map_err(|cause| RecordError::Read { file: name.clone(), cause })?;
    each_line(&name, &mut file, |number, text, _| line(number, text).map(|()| true))
}

/// Calls `line` with the number, the text and the bytes of each whole line, until it returns false.
fn each_line(
    name: &str,
    file: &mut File,
    mut line: impl FnMut(u64, &str, u64) -> Result<bool, RecordError>,
) -> Result<(), RecordError> {
    let unreadable =
        |error| RecordError::Read { file: name.to_owned(), cause: ReadError::Io(error) };
    file.rewind().map_err(unreadable)?;
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
        let read = read.map_err(unreadable)? as u64;
        if bytes.last() != Some(&b'\n') && read < LONGEST_LINE {
            break;
        }
        if !line(number, &String::from_utf8_lossy(&bytes), read)? {
            break;
        }
    }
    Ok(())
}
