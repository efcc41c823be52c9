//! A record as JSON lines.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::{Line, LineFile, read_lines};
use super::values::{Scalars, TrainingValues, now};
use super::{History, Note, RecordError};
use crate::{Ended, Evaluated, Recorder, Started, Stepped};

/// Records a run as JSON lines, which every language reads: one line for each step, evaluation and text.
///
/// ```json
/// {"step":1,"time":1764435600.25,"values":{"train/loss":2.5,"train/learning_rate":0.001}}
/// {"step":1,"time":1764435600.5,"name":"sample","text":"To be"}
/// ```
///
/// `time` is in seconds since 1970. JSON has no NaN and no infinity: these are the strings `"NaN"`, `"inf"` and
/// `"-inf"`, which `float` of Python understands. A name may contain any character.
///
/// Each line is written at once and as a whole, so another program can follow the run. A killed process leaves half
/// a line at most; the next one that opens the file removes it. A training loop with this [`Recorder`] cuts the record back
/// to the step from which it resumes, by hand that is [`cut_back`](Self::cut_back). On a full disk the lines that
/// are there stay whole.
///
/// PyTorch Lightning: `CSVLogger`; Weights & Biases: the run's history.
///
/// ```
/// use nnx_train::JsonRecorder;
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("run.jsonl");
/// let mut record = JsonRecorder::create(&file)?;
/// record.scalar(1, "train/loss", 2.5)?;
/// record.scalar(2, "train/loss", 1.5)?;
/// record.text(2, "sample", "To be")?;
/// drop(record);
///
/// // The run resumes from a checkpoint of step 1.
/// let mut record = JsonRecorder::open(&file)?;
/// record.cut_back(1)?;
/// record.scalar(2, "train/loss", 1.25)?;
/// let history = JsonRecorder::read(&file)?;
/// assert_eq!(history.curve("train/loss").unwrap().points, [(1, 2.5), (2, 1.25)]);
/// assert!(history.notes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonRecorder {
    file: LineFile,
    values: TrainingValues,
}

/// The content of a line.
const EXPECTED: &str =
    "a line of JSON with a `step`, such as {\"step\":1,\"values\":{\"loss\":2.5}}";

#[derive(Serialize, Deserialize)]
struct Entry<T, V> {
    step: u64,
    #[serde(default)]
    time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<V>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<T>,
}

/// A number, or the name of one that JSON doesn't have.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Other(Special),
}

#[derive(Serialize, Deserialize, Clone, Copy)]
enum Special {
    #[serde(rename = "NaN")]
    Nan,
    #[serde(rename = "inf")]
    Infinite,
    #[serde(rename = "-inf")]
    Negative,
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        match value {
            _ if value.is_finite() => Self::Finite(value),
            _ if value.is_nan() => Self::Other(Special::Nan),
            _ if value > 0.0 => Self::Other(Special::Infinite),
            _ => Self::Other(Special::Negative),
        }
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        match number {
            Number::Finite(value) => value,
            Number::Other(Special::Nan) => Self::NAN,
            Number::Other(Special::Infinite) => Self::INFINITY,
            Number::Other(Special::Negative) => Self::NEG_INFINITY,
        }
    }
}

/// Names and values in the order of the line.
struct Values(Vec<(String, f64)>);

impl Serialize for Values {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Number::from(*value))))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> serde::de::Visitor<'de> for Map {
            type Value = Values;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map from names to numbers")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some((name, number)) = map.next_entry::<String, Number>()? {
                    values.push((name, number.into()));
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

impl JsonRecorder {
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
        Ok(Self { file, values: TrainingValues::new() })
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
            // Restarting at step 0 also removes values that were recorded before the first step.
            0 => {
                self.file.cut_back(EXPECTED, |number, text| Some(line(number, text)?.removed()), 0)
            }
            _ => self.file.cut_back(EXPECTED, line, step),
        }
    }

    /// Records a value.
    ///
    /// # Errors
    /// A file that can't be written, a step lower than the last one, or an empty name.
    pub fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), RecordError> {
        self.scalars(step, [(name, value)])
    }

    /// Records values of one step in one line. Of two values of one name, the last one counts.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    pub fn scalars<N: AsRef<str>>(
        &mut self,
        step: u64,
        values: impl IntoIterator<Item = (N, f64)>,
    ) -> Result<(), RecordError> {
        let values = values.into_iter().map(|(name, value)| (name.as_ref().to_owned(), value));
        let values: Vec<_> = values.collect();
        let names: Vec<&str> = values.iter().map(|(name, _)| &**name).collect();
        self.file.check(step, &names)?;
        let values = Some(Values(values));
        self.write(&Entry::<&str, _> { step, time: now(), values, name: None, text: None })
    }

    /// Records a text, such as a sample of a language model.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    pub fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), RecordError> {
        self.file.check(step, &[name])?;
        let (name, text) = (Some(name), Some(text));
        self.write(&Entry::<_, Values> { step, time: now(), values: None, name, text })
    }

    fn write<T: Serialize, V: Serialize>(
        &mut self,
        entry: &Entry<T, V>,
    ) -> Result<(), RecordError> {
        let mut bytes = serde_json::to_vec(entry).expect("an entry has only strings and numbers");
        bytes.push(b'\n');
        self.file.append(Some(entry.step), &bytes)
    }

    /// Reads a record, also of a run that is still running.
    ///
    /// # Errors
    /// A file that can't be read, or a line that isn't one of a record.
    pub fn read(path: impl AsRef<Path>) -> Result<History, RecordError> {
        let path = path.as_ref();
        let mut history = History::default();
        read_lines(path, |number, line| {
            let Ok(entry) = serde_json::from_str::<Entry<String, Values>>(line) else {
                return Err(RecordError::line(path, number, EXPECTED, line));
            };
            for (name, value) in entry.values.map_or_else(Vec::new, |values| values.0) {
                history.push(entry.step, &name, value);
            }
            if let (Some(name), Some(text)) = (entry.name, entry.text) {
                history.notes.push(Note { step: entry.step, name, text });
            }
            Ok(())
        })?;
        Ok(history)
    }
}

fn line(_number: u64, text: &str) -> Option<Line> {
    #[derive(Deserialize)]
    struct Step {
        step: u64,
    }
    serde_json::from_str::<Step>(text).ok().map(|Step { step }| Line::Step(step))
}

impl Scalars for JsonRecorder {
    fn training_values(&self) -> &TrainingValues {
        &self.values
    }

    fn write(&mut self, step: u64, values: Vec<(String, f64)>) -> Result<(), RecordError> {
        self.scalars(step, values)
    }
}

impl Recorder for JsonRecorder {
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

    fn note(&mut self, text: &str) -> io::Result<()> {
        Ok(self.text(self.file.last_step(), "note", text)?)
    }

    fn end(&mut self, end: &Ended) -> io::Result<()> {
        self.text(end.step, "end", &end.reason.to_string())?;
        Ok(self.file.sync()?)
    }
}
