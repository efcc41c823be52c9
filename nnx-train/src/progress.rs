//! How far a training run is, for the people who wait for it.

mod view;

use std::fmt::Display;
use std::io::Write;
use std::time::Instant;

use nnx_core::metrics::Average;
use view::View;

/// Lines in a whole run where there is no terminal, beside one an epoch.
const LINES: u64 = 10;

/// How much of the old loss stays at each step.
const SMOOTHING: f64 = 0.95;

/// Progress of a training run: steps, smoothed loss, images per second, or [what else is
/// counted](Self::counting).
///
/// On a terminal a bar on standard error (feature `progress`, on by default); elsewhere, as in a
/// log file, plain lines, one each tenth of the run. Each epoch leaves a line in both; the bar goes
/// with the last one, or when this is dropped. A closed or broken output is ignored: no run ends
/// because nobody looks.
///
/// A loss that is NaN or infinite stays out of the means, which would be NaN from then on. It is counted
/// instead, and shown with its step: `loss 0.2500 (NaN at step 7; 1 loss not finite)`. To stop a run at such a
/// loss take a [`LossGuard`](crate::LossGuard).
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
    /// The last loss that wasn't finite, and how many there were.
    broken: Option<Broken>,
    epoch: EpochSum,
    view: View,
}

impl Progress {
    /// Shows a run of `total_steps` on standard error. Create it when training starts: the clock
    /// runs from here.
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

    /// Counts something else than images, such as `"characters"`.
    ///
    /// ```
    /// let mut progress = nnx_train::Progress::new(1).counting("characters");
    /// progress.step(4.2, 32 * 64);
    /// ```
    pub fn counting(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// Counts one step: the mean loss of its batch and the number of images, or what else is counted,
    /// in it.
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

    /// Leaves a line with the epoch's number, mean loss, images per second from its start to its
    /// last step, and a note such as the accuracy; then starts the next epoch and its clock. The mean is
    /// that of the losses that were finite; how many were not is told behind it.
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

/// An exponential moving average without the pull towards the zero it starts from.
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

/// What has been trained since an epoch began.
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

    /// Images, or what else is counted, per second up to the last step, so that measuring after it doesn't count.
    fn rate(&self) -> f64 {
        let seconds = (self.last_step - self.started).as_secs_f64();
        self.count as f64 / seconds.max(1e-9)
    }
}
