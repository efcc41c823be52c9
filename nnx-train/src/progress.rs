//! Progress of a training run, on a terminal or in a log file.

mod recorder;
mod view;

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, Instant};

use nnx_core::metrics::Average;
use view::View;

use crate::numbers;

/// The number of lines in a run without a terminal, in addition to one line per epoch.
const LINES: u64 = 10;

/// The decay rate of the moving average of the loss.
const SMOOTHING: f64 = 0.95;

/// Progress of a training run: steps, smoothed loss, learning rate, images per second, or [another
/// unit](Self::counting) per second, the time left, and the note of the last epoch, such as the accuracy.
///
/// It is a [`Recorder`](crate::Recorder): a [`Trainer`](crate::Trainer) shows it. Keras: `ProgbarLogger`; PyTorch
/// Lightning: `TQDMProgressBar`.
///
/// On a terminal it shows a bar on standard error (feature `progress`, on by default). Elsewhere, as in a log
/// file, it writes plain lines, one for each tenth of the run. In both cases it writes a line for each epoch.
/// The bar disappears after the last epoch, or when this value is dropped. A closed or broken output is
/// ignored, so it doesn't stop the run.
///
/// The means skip a loss that is NaN or infinite, because they would be NaN from then on. Such losses are
/// counted, and the last one is shown with its step: `loss 0.2500 (NaN at step 7; 1 loss not finite)`. To stop a run at
/// such a loss, use a [`LossGuard`](crate::LossGuard).
///
/// ```
/// use nnx_train::Progress;
///
/// let mut progress = Progress::to_writer(2 * 100, std::io::sink());
/// for epoch in 0..2 {
///     for _step in 0..100 {
///         progress.learning_rate(1e-3);
///         progress.step(0.25, 32);
///     }
///     progress.finish_epoch("accuracy 98.7%");
/// }
/// ```
#[doc(alias = "tqdm")]
#[derive(Debug)]
pub struct Progress {
    steps: u64,
    /// Steps that were done before the clock started.
    first_step: u64,
    total_steps: u64,
    epochs: u64,
    unit: &'static str,
    smoothed: Smoothed,
    /// The last loss that wasn't finite, and the number of such losses.
    broken: Option<Broken>,
    epoch: EpochSum,
    learning_rate: Option<f64>,
    /// The note of the last epoch or evaluation.
    note: String,
    started: Instant,
    steps_per_epoch: Option<u64>,
    view: View,
}

impl Progress {
    /// Shows a run of `total_steps` on standard error. Create it when training starts,
    /// because the clock starts here.
    ///
    /// ```
    /// let mut progress = nnx_train::Progress::new(1);
    /// progress.step(2.3, 32);
    /// progress.finish_epoch("done");
    /// ```
    pub fn new(total_steps: u64) -> Self {
        Self::with_view(total_steps, View::standard_error(total_steps))
    }

    /// Writes plain lines to `out`, such as a log file.
    pub fn to_writer(total_steps: u64, out: impl Write + Send + 'static) -> Self {
        Self::with_view(total_steps, View::lines(out))
    }

    fn with_view(total_steps: u64, view: View) -> Self {
        Self {
            steps: 0,
            first_step: 0,
            total_steps,
            epochs: 0,
            unit: "images",
            smoothed: Smoothed::default(),
            broken: None,
            epoch: EpochSum::start(),
            learning_rate: None,
            note: String::new(),
            started: Instant::now(),
            steps_per_epoch: None,
            view,
        }
    }

    /// Counts a different unit instead of images, such as `"characters"`.
    ///
    /// ```
    /// let mut progress = nnx_train::Progress::new(1).counting("characters");
    /// progress.step(4.2, 32 * 64);
    /// ```
    pub fn counting(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// Counts one step: the mean loss of its batch, and the number of images (or of the unit that is counted) in it.
    pub fn step(&mut self, loss: f32, count: usize) {
        self.steps += 1;
        self.epoch.update(loss, count);
        if loss.is_finite() {
            self.smoothed.update(loss);
        } else {
            let before = self.broken.as_ref().map_or(0, |broken| broken.count);
            self.broken = Some(Broken { loss, step: self.steps, count: before + 1 });
        }

        let crossed = self.tenth(self.steps) > self.tenth(self.steps - 1);
        if self.view.wants(crossed) {
            let (state, left) = (self.state(), self.time_left());
            self.view.step(self.steps, self.total_steps, &state, left, &self.note);
        }
    }

    /// Shows the learning rate with the steps from the next one on.
    ///
    /// ```
    /// let mut progress = nnx_train::Progress::new(1);
    /// progress.learning_rate(3e-4);
    /// progress.step(2.3, 32); // loss 2.3000, learning rate 0.0003, ..
    /// ```
    pub fn learning_rate(&mut self, rate: f64) {
        self.learning_rate = Some(rate);
    }

    /// The number of tenths of the run that are done.
    fn tenth(&self, steps: u64) -> Option<u64> {
        steps.saturating_mul(LINES).checked_div(self.total_steps)
    }

    /// Loss, learning rate, and images per second.
    fn state(&self) -> String {
        let (loss, rate, unit) = (self.smoothed.value(), self.epoch.rate(), self.unit);
        let broken = self.broken.as_ref().map_or(String::new(), |Broken { loss, step, count }| {
            format!(" ({loss} at step {step}; {})", not_finite(*count))
        });
        let learning = self
            .learning_rate
            .map_or(String::new(), |rate| format!(", learning rate {}", numbers::number(rate)));
        format!("loss {loss:.4}{broken}{learning}, {rate:.0} {unit}/s")
    }

    /// The time that the remaining steps take at the speed so far, including evaluations; `None` if no steps remain.
    fn time_left(&self) -> Option<Duration> {
        let done = self.steps - self.first_step;
        let left = self.total_steps.checked_sub(self.steps).filter(|&left| left > 0 && done > 0)?;
        Some(self.started.elapsed().mul_f64(left as f64 / done as f64))
    }

    /// Writes a line with the epoch's number, its mean loss, images per second from its start to its last
    /// step, and a note such as the accuracy. Then it starts the next epoch and its clock. The mean is over the
    /// finite losses; the number of other losses follows it.
    pub fn finish_epoch(&mut self, note: impl Display) {
        let note = note.to_string();
        self.end_epoch(self.epochs + 1, &note);
        self.note = note;
        if self.steps >= self.total_steps {
            self.view.finish();
        }
    }

    /// Writes the line of an epoch, and starts the next one.
    fn end_epoch(&mut self, epoch: u64, note: &str) {
        self.epochs = epoch;
        let (loss, rate, unit) = (self.epoch.loss.compute(), self.epoch.rate(), self.unit);
        let broken = match self.epoch.broken {
            0 => String::new(),
            count => format!(" ({})", not_finite(count)),
        };
        let note = if note.is_empty() { String::new() } else { format!(", {note}") };
        self.view
            .line(&format!("epoch {epoch}: mean loss {loss:.4}{broken}, {rate:.0} {unit}/s{note}"));
        self.epoch = EpochSum::start();
    }
}

/// On standard error, for a run that says by itself how many steps it has: that of a [`Trainer`](crate::Trainer).
///
/// ```
/// use nnx_train::{Progress, Recorder, Started};
///
/// let mut progress = Progress::default();
/// progress.start(&Started { steps: Some(1_000), unit: "images", ..Started::default() })?;
/// # Ok::<(), std::io::Error>(())
/// ```
impl Default for Progress {
    fn default() -> Self {
        Self::new(0)
    }
}

/// How many losses weren't finite.
#[derive(Debug)]
struct Broken {
    loss: f32,
    step: u64,
    count: u64,
}

fn not_finite(losses: u64) -> String {
    format!("{losses} loss{} not finite", if losses == 1 { "" } else { "es" })
}

/// An exponential moving average with bias correction, as in Adam.
#[derive(Debug, Default)]
struct Smoothed {
    value: f64,
    weight: f64,
}

impl Smoothed {
    fn update(&mut self, value: f32) {
        self.value = SMOOTHING * self.value + (1.0 - SMOOTHING) * f64::from(value);
        self.weight = SMOOTHING * self.weight + (1.0 - SMOOTHING);
    }

    fn value(&self) -> f64 {
        self.value / self.weight
    }
}

/// Counters since the start of an epoch.
#[derive(Debug)]
struct EpochSum {
    loss: Average,
    broken: u64,
    count: usize,
    started: Instant,
    last_step: Instant,
}

impl EpochSum {
    fn start() -> Self {
        let now = Instant::now();
        Self { loss: Average::new(), broken: 0, count: 0, started: now, last_step: now }
    }

    fn update(&mut self, loss: f32, count: usize) {
        if loss.is_finite() {
            self.loss.update_mean(loss, count);
        } else {
            self.broken += 1;
        }
        self.count += count;
        self.last_step = Instant::now();
    }

    /// Images (or the unit that is counted) per second until the last step, so that time for evaluation doesn't count.
    fn rate(&self) -> f64 {
        let seconds = (self.last_step - self.started).as_secs_f64();
        self.count as f64 / seconds.max(1e-9)
    }
}
