//! Event files of TensorBoard.
//!
//! | file | contents |
//! |---|---|
//! | `mod` | the recorder |
//! | `messages` | the messages of Protocol Buffers |
//! | `frame` | an event with its length and its checksums |
//! | `histogram` | values in buckets |

mod frame;
mod histogram;
mod messages;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use nnx_core::array::DType;
use nnx_core::files::WriteError;
use nnx_core::size::{Dim, Size, U1, U3};
use nnx_core::tensor::Tensor;
use prost::Message;

use self::messages::{Event, Image, SessionLog, Summary, Value, event, value};
use super::RecordError;
use super::append::Append;
use super::values::{TrainingValues, now, of_evaluation};
use crate::{Ended, Evaluated, Recorder, Started, Stepped, png};

/// The channels of a recorded image: 1 for grey, 3 for red, green and blue.
#[diagnostic::on_unimplemented(
    message = "images are recorded with 1 channel (grey) or 3 (RGB), not with `{Self}`",
    label = "expected `U1` or `U3` as the last axis"
)]
pub trait PixelChannels: Size {}
impl PixelChannels for U1 {}
impl PixelChannels for U3 {}

/// Records a run as an event file of TensorBoard: scalars, histograms, images and texts.
///
/// Each run has a directory. `tensorboard --logdir runs` shows all runs below `runs`, also while they write. A slash
/// in a name makes a group: `train/loss`.
///
/// A run that resumes from a checkpoint writes another file into the same directory, and tells TensorBoard to leave
/// out what older files have after the checkpoint's step ([`cut_back`](Self::cut_back)). TensorBoard passes over half
/// an event that a killed process left. On a full disk the events that are there stay whole.
///
/// As a [`Recorder`] it also writes, at each evaluation, a histogram of each parameter that it is given.
///
/// PyTorch: `torch.utils.tensorboard.SummaryWriter`; Flax: `flax.metrics.tensorboard.SummaryWriter`.
///
/// ```
/// use nnx_core::{Tensor, tensor::Tensor};
/// use nnx_train::TensorBoard;
///
/// # let folder = tempfile::tempdir()?;
/// # let runs = folder.path();
/// let mut board = TensorBoard::create(runs.join("first"))?;
/// board.scalar(1, "train/loss", 2.5)?;
/// board.histogram(1, "dense/kernel", &[-0.5, 0.25, 0.5])?;
/// let image: Tensor![28, 28, 1] = Tensor::full(0.5);
/// board.image(1, "samples/0", &image)?;
/// board.text(1, "samples/text", "To be, or *not* to be")?; // Markdown
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "SummaryWriter")]
#[derive(Debug)]
pub struct TensorBoard {
    file: Append,
    last: u64,
    values: TrainingValues,
}

impl TensorBoard {
    /// Starts a new run in this directory, which is created if it doesn't exist. TensorBoard leaves out older events
    /// in it.
    ///
    /// # Errors
    /// A directory that can't be written.
    pub fn create(directory: impl AsRef<Path>) -> Result<Self, RecordError> {
        let mut board = Self::open(directory)?;
        board.cut_back(0)?;
        Ok(board)
    }

    /// Opens a new file in this directory, which is created if it doesn't exist. What older files have stays, until
    /// [`cut_back`](Self::cut_back) or the start of a run says from which step the run resumes.
    ///
    /// # Errors
    /// A directory that can't be written.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, RecordError> {
        let directory = directory.as_ref();
        std::fs::create_dir_all(directory).map_err(|error| RecordError::Write {
            file: directory.display().to_string(),
            cause: WriteError::from(error),
        })?;
        let file = Append::open(&directory.join(file_name()))?;
        let mut board = Self { file, last: 0, values: TrainingValues::new() };
        board.write(0, event::What::FileVersion("brain.Event:2".to_owned()))?;
        Ok(board)
    }

    /// Records only the first of each `steps` training steps, and every evaluation.
    #[must_use]
    pub fn every(mut self, steps: u64) -> Self {
        self.values.every(steps);
        self
    }

    /// Leaves out all that was recorded after this step, also by earlier processes: the step of the checkpoint from
    /// which the run resumes, or 0 for a run that starts anew, of which nothing stays. (PyTorch: `purge_step`, one
    /// more.)
    ///
    /// # Errors
    /// A file that can't be written.
    pub fn cut_back(&mut self, step: u64) -> Result<(), RecordError> {
        let first = if step == 0 { 0 } else { step.saturating_add(1) };
        self.write(first, event::What::SessionLog(SessionLog { status: SessionLog::START }))?;
        self.last = step;
        Ok(())
    }

    /// Records a value. TensorBoard has 32 bits for it; NaN and infinities are shown as triangles.
    ///
    /// # Errors
    /// A file that can't be written, a step lower than the last one, or an empty name.
    pub fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), RecordError> {
        self.summary(step, [Value::new(name, value::Kind::Simple(value as f32))])
    }

    /// Records how values are distributed, such as the elements of a weight: 30 buckets of equal width between the
    /// least and the greatest. Values that aren't finite are left out; their number is recorded as a scalar
    /// `NAME/not_finite`.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    pub fn histogram(&mut self, step: u64, name: &str, values: &[f32]) -> Result<(), RecordError> {
        let finite = values.iter().filter(|value| value.is_finite()).count();
        let mut records = Vec::new();
        if finite < values.len() {
            let count = value::Kind::Simple((values.len() - finite) as f32);
            records.push(Value::new(&format!("{name}/not_finite"), count));
        }
        let histogram = histogram::histogram(values);
        records.extend(histogram.map(|found| Value::new(name, value::Kind::Histogram(found))));
        self.summary(step, records)
    }

    /// Records an image `(H, W, C)`, grey or RGB. 0 is black, and 1 is white or the full color; pixels below 0 and
    /// above 1 are clamped, and NaN is black.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    pub fn image<H: Dim, W: Dim, C: PixelChannels>(
        &mut self,
        step: u64,
        name: &str,
        image: &Tensor<(H, W, C)>,
    ) -> Result<(), RecordError> {
        let &[height, width, channels] = &*image.dims() else { unreachable!("three axes") };
        let byte = |pixel: &f32| (pixel.clamp(0.0, 1.0) * 255.0).round() as u8;
        let pixels: Vec<u8> = image.to_vec().iter().map(byte).collect();
        let encoded = png::encode(width, height, &pixels, channels == 3).map_err(|error| {
            RecordError::Write { file: self.file.name.clone(), cause: error.into() }
        })?;
        let [height, width, colorspace] = [height, width, channels].map(|size| size as i32);
        let image = Image { height, width, colorspace, encoded };
        self.summary(step, [Value::new(name, value::Kind::Image(image))])
    }

    /// Records a text, which TensorBoard shows as Markdown.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    pub fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), RecordError> {
        self.summary(step, [Value::text(name, text)])
    }

    fn summary(
        &mut self,
        step: u64,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<(), RecordError> {
        let values: Vec<Value> = values.into_iter().collect();
        let file = || self.file.name.clone();
        if step < self.last {
            return Err(RecordError::StepBack { file: file(), step, last: self.last });
        }
        if values.iter().any(|value| value.tag.is_empty() || value.tag == "/not_finite") {
            return Err(RecordError::NoName { file: file(), step });
        }
        if !values.is_empty() {
            self.write(step, event::What::Summary(Summary { values }))?;
        }
        self.last = step;
        Ok(())
    }

    fn write(&mut self, step: u64, what: event::What) -> Result<(), RecordError> {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let event = Event { wall_time: now(), step, what: Some(what) };
        self.file.append(&frame::frame(&event.encode_to_vec()))
    }
}

/// A name that TensorBoard recognizes as an event file, and that sorts after those of earlier processes.
fn file_name() -> String {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanoseconds) = (now.as_secs(), now.subsec_nanos());
    let process = std::process::id();
    format!("events.out.tfevents.{seconds:010}.{nanoseconds:09}.{process}.{number}.nnx")
}

impl Recorder for TensorBoard {
    fn start(&mut self, start: &Started) -> io::Result<()> {
        self.values.start(start);
        Ok(self.cut_back(start.step)?)
    }

    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        let value =
            |(name, value): (String, f64)| Value::new(&name, value::Kind::Simple(value as f32));
        Ok(self.summary(step.step, self.values.at(step).into_iter().map(value))?)
    }

    fn evaluation(&mut self, evaluation: &Evaluated<'_>) -> io::Result<()> {
        for (name, value) in of_evaluation(evaluation) {
            self.scalar(evaluation.step, &name, value)?;
        }
        for (path, entry) in evaluation.parameters.into_iter().flat_map(|state| state.iter()) {
            let values: Option<Vec<f32>> =
                match entry.array.dtype() {
                    DType::F32 | DType::Bf16 => entry.array.to_vec().ok(),
                    DType::F64 => entry.array.to_vec().ok().map(|values: Vec<f64>| {
                        values.into_iter().map(|value| value as f32).collect()
                    }),
                    _ => None,
                };
            if let Some(values) = values {
                self.histogram(evaluation.step, &format!("parameters/{path}"), &values)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        Ok(self.text(self.last, "note", text)?)
    }

    fn end(&mut self, end: &Ended) -> io::Result<()> {
        self.text(end.step.max(self.last), "end", &end.reason.to_string())?;
        Ok(self.file.sync()?)
    }
}
