//! A record as CSV.

use std::io;
use std::path::Path;

use super::file::{Line, LineFile, read_lines};
use super::values::{Scalars, TrainingValues, now};
use super::{History, RecordError};
use crate::{Ended, Evaluated, Recorder, Started, Stepped};

/// Records the values of a run as CSV, for spreadsheets and data frames: one row for each value.
///
/// ```csv
/// step,time,name,value
/// 1,1764435600.25,train/loss,2.5
/// 1,1764435600.25,train/learning_rate,0.001
/// ```
///
/// A column for each name is made by pandas' `frame.pivot(index="step", columns="name", values="value")`. Values
/// that aren't finite are `NaN`, `inf` and `-inf`, which pandas reads. Names with commas or quotes are quoted; line
/// breaks in them become spaces.
///
/// Half lines, full disks and runs that resume from a checkpoint are as in a [`JsonRecorder`](crate::JsonRecorder).
///
/// PyTorch Lightning: `CSVLogger`; Keras: `CSVLogger`.
///
/// ```
/// use nnx_train::CsvRecorder;
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("run.csv");
/// let mut record = CsvRecorder::create(&file)?;
/// record.scalar(1, "train/loss", 2.5)?;
/// record.scalars(2, [("train/loss", 1.5), ("evaluation/accuracy", 0.75)])?;
///
/// let history = CsvRecorder::read(&file)?;
/// assert_eq!(history.curve("train/loss").unwrap().points, [(1, 2.5), (2, 1.5)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CsvRecorder {
    file: LineFile,
    values: TrainingValues,
}

const HEADING: &str = "step,time,name,value";
const EXPECTED: &str = "`step,time,name,value` in line 1, and such a row in all others";

impl CsvRecorder {
    /// Starts a new record. An earlier one in the same file is removed.
    ///
    /// # Errors
    /// A file that can't be written, that another run is writing to, or that isn't a record.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, RecordError> {
        let mut record = Self::open(path)?;
        record.cut_back(0)?;
        Ok(record)
    }

    /// Opens a record, or starts a new one. What is in it stays, until [`cut_back`](Self::cut_back) or the start of a
    /// run says from which step the run resumes.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RecordError> {
        let file = LineFile::open(path.as_ref(), EXPECTED, line, u64::MAX)?;
        let mut record = Self { file, values: TrainingValues::new() };
        record.add_heading()?;
        Ok(record)
    }

    /// Records only the first of each `steps` training steps, and every evaluation.
    #[must_use]
    pub fn every(mut self, steps: u64) -> Self {
        self.values.every(steps);
        self
    }

    /// Removes all that was recorded after this step: the step of the checkpoint from which the run resumes, or 0 for
    /// a run that starts anew, of which nothing stays.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn cut_back(&mut self, step: u64) -> Result<(), RecordError> {
        match step {
            0 => self.file.cut_back(
                EXPECTED,
                |number, text| Some(line(number, text)?.removed()),
                0,
            )?,
            _ => self.file.cut_back(EXPECTED, line, step)?,
        }
        self.add_heading()
    }

    fn add_heading(&mut self) -> Result<(), RecordError> {
        if self.file.is_empty() {
            self.file.append(None, format!("{HEADING}\n").as_bytes())?;
        }
        Ok(())
    }

    /// Records a value.
    ///
    /// # Errors
    /// A file that can't be written, a step lower than the last one, or an empty name.
    pub fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), RecordError> {
        self.scalars(step, [(name, value)])
    }

    /// Records values of one step, each in a row.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    pub fn scalars<N: AsRef<str>>(
        &mut self,
        step: u64,
        values: impl IntoIterator<Item = (N, f64)>,
    ) -> Result<(), RecordError> {
        let (number, time) = (step.to_string(), now().to_string());
        let mut rows = csv::Writer::from_writer(Vec::new());
        for (name, value) in values {
            let name = name.as_ref().replace(['\n', '\r'], " ");
            self.file.check(step, &[&name])?;
            rows.write_record([&number, &time, &name, &format!("{value:?}")])
                .expect("memory takes four columns");
        }
        let rows = rows.into_inner().expect("memory has no buffer to flush");
        self.file.append(Some(step), &rows)
    }

    /// Reads a record, also of a run that is still running.
    ///
    /// # Errors
    /// A file that can't be read, or a line that isn't one of a record.
    pub fn read(path: impl AsRef<Path>) -> Result<History, RecordError> {
        let path = path.as_ref();
        let mut history = History::default();
        read_lines(path, |number, text| match parse(number, text) {
            Some(None) => Ok(()),
            Some(Some((step, name, value))) => {
                history.push(step, &name, value);
                Ok(())
            }
            None => Err(RecordError::line(path, number, EXPECTED, text)),
        })?;
        Ok(history)
    }
}

/// A row, or nothing for the heading.
fn parse(number: u64, text: &str) -> Option<Option<(u64, String, f64)>> {
    if number == 1 {
        return (text.trim_end() == HEADING).then_some(None);
    }
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let row = rows.records().next()?.ok()?;
    let mut columns = row.iter();
    let step = columns.next()?.parse().ok()?;
    let (name, value) = (columns.nth(1)?.to_owned(), columns.next()?.parse().ok()?);
    columns.next().is_none().then_some(Some((step, name, value)))
}

fn line(number: u64, text: &str) -> Option<Line> {
    Some(parse(number, text)?.map_or(Line::Heading, |(step, ..)| Line::Step(step)))
}

impl Scalars for CsvRecorder {
    fn training_values(&self) -> &TrainingValues {
        &self.values
    }

    fn write(&mut self, step: u64, values: Vec<(String, f64)>) -> Result<(), RecordError> {
        self.scalars(step, values)
    }
}

impl Recorder for CsvRecorder {
    fn start(&mut self, start: &Started) -> io::Result<()> {
        self.values.start(start);
        Ok(self.cut_back(start.step)?)
    }

    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        self.write_step(step)
    }

    fn evaluation(&mut self, evaluation: &Evaluated<'_>) -> io::Result<()> {
        self.write_evaluation(evaluation)
    }

    fn end(&mut self, _end: &Ended) -> io::Result<()> {
        Ok(self.file.sync()?)
    }
}
