//! Progress of a training run, on a terminal or in a log file.

mod view;

use std::fmt::Display;
use std::io::Write;
use std::time::Instant;

use nnx_core::metrics::Average;
use view::View;

/// The number of lines in a run without a terminal, in addition to one line per epoch.
const LINES: u64 = 10;

/// The decay rate of the moving average of the loss.
const SMOOTHING: f64 = 0.95;

/// Progress of a training run: steps, smoothed loss, images per second, or [another
/// unit](Self::counting) per second.
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
///         progress.step(0.25, 32);
///     }
///     progress.finish_epoch("accuracy 98.7%");
/// }
/// ```
#[derive(Debug)]
pub struct Progress {
    steps: u64,
    total_steps: u64,
    epochs: u64,
    unit: &'static str,
    smoothed: Smoothed,
    /// The last loss that wasn't finite, and the number of such losses.
    broken: Option<Broken>,
    epoch: EpochSum,
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
            total_steps,
            epochs: 0,
            unit: "images",
            smoothed: Smoothed::default(),
            broken: None,
            epoch: EpochSum::start(),
            view,
        }
    }

    /// Counts another unit instead of images, such as `"characters"`.
    ///
    /// ```
    /// let mut progress = nnx_train::Progress::new(1).counting("characters");
    /// progress.step(4.2, 32 * 64);
    /// ```
    pub fn counting(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// Counts one step: the mean loss of its batch, and the number of images (or of another unit) in it.
    pub fn step(&mut self, loss: f32, count: usize) {
        self.steps += 1;
        self.epoch.update(loss, count);
        if loss.is_finite() {
            self.smoothed.update(loss);
        } else {
            let before = self.broken.as_ref().map_or(0, |broken| broken.count);
            self.broken = Some(Broken { loss, step: self.steps, count: before + 1 });
        }

        let (loss, rate, unit) = (self.smoothed.value(), self.epoch.rate(), self.unit);
        let broken = self.broken.as_ref().map_or(String::new(), |Broken { loss, step, count }| {
            format!(" ({loss} at step {step}; {})", not_finite(*count))
        });
        let state = format!("loss {loss:.4}{broken}, {rate:.0} {unit}/s");
        let tenth = |steps: u64| (steps.saturating_mul(LINES)).checked_div(self.total_steps);
        let crossed = tenth(self.steps) > tenth(self.steps - 1);
        self.view.step(self.steps, self.total_steps, state, crossed);
    }

    /// Writes a line with the epoch's number, its mean loss, images per second from its start to its last
    /// step, and a note such as the accuracy. Then it starts the next epoch and its clock. The mean is over the
    /// finite losses; the number of other losses follows it.
    pub fn finish_epoch(&mut self, note: impl Display) {
        self.epochs += 1;
        let (epoch, loss, rate) = (self.epochs, self.epoch.loss.compute(), self.epoch.rate());
        let unit = self.unit;
        let broken = match self.epoch.broken {
            0 => String::new(),
            count => format!(" ({})", not_finite(count)),
        };
        self.view.line(&format!(
            "epoch {epoch}: mean loss {loss:.4}{broken}, {rate:.0} {unit}/s, {note}"
        ));
        if self.steps >= self.total_steps {
            self.view.finish();
        }
        self.epoch = EpochSum::start();
    }
}

/// Losses that weren't finite.
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

/// Counts since the start of an epoch.
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

    /// Images (or another unit) per second until the last step, so that time for evaluation doesn't count.
    fn rate(&self) -> f64 {
        let seconds = (self.last_step - self.started).as_secs_f64();
        self.count as f64 / seconds.max(1e-9)
    }
}
