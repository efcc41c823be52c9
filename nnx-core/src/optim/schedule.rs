//! Learning rates that change with the steps.

use std::fmt;
use std::sync::Arc;

/// A learning rate for each step, counted from 0. A number is a constant schedule.
///
/// ```
/// use nnx_core::optim::{Schedule, warmup_cosine_decay};
///
/// let schedule = warmup_cosine_decay(0.0, 1.0, 10, 110, 0.0);
/// assert_eq!([0, 5, 10, 60, 110].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 0.5, 0.0]);
/// assert_eq!(Schedule::from(0.1).at(1000), 0.1);
/// ```
#[derive(Clone)]
pub struct Schedule(Arc<dyn Fn(u64) -> f64 + Send + Sync>);

impl Schedule {
    /// A schedule of one's own.
    pub fn new(rate: impl Fn(u64) -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(rate))
    }

    /// The rate of a step.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        self.0(step)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({} at step 0)", self.at(0))
    }
}

impl From<f64> for Schedule {
    fn from(rate: f64) -> Self {
        constant(rate)
    }
}

/// The same rate at every step (`optax.constant_schedule`).
#[must_use]
pub fn constant(rate: f64) -> Schedule {
    Schedule::new(move |_| rate)
}

/// From `start` to `end` in a straight line over `steps` steps, then `end` (`optax.linear_schedule`); over
/// 0 steps it stays at `start`, as in optax.
#[must_use]
pub fn linear(start: f64, end: f64, steps: u64) -> Schedule {
    if steps == 0 {
        return constant(start);
    }
    Schedule::new(move |step| start + (end - start) * progress(step, steps))
}

/// From `start` to `alpha start` along half a cosine over `steps` steps:
/// `start ((1 - alpha) (1 + cos(π t / steps)) / 2 + alpha)` (`optax.cosine_decay_schedule`;
/// Loshchilov and Hutter, 2017).
///
/// # Panics
/// If `steps` is 0.
#[must_use]
pub fn cosine_decay(start: f64, steps: u64, alpha: f64) -> Schedule {
    assert!(steps > 0, "cosine_decay: `steps` must be at least 1");
    Schedule::new(move |step| {
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress(step, steps)).cos());
        start * ((1.0 - alpha) * cosine + alpha)
    })
}

/// From `start` to `peak` in a straight line over `warmup` steps, then to `end` along half a cosine;
/// `steps` counts both parts (`optax.warmup_cosine_decay_schedule`).
///
/// # Panics
/// If `steps` isn't larger than `warmup`.
#[must_use]
pub fn warmup_cosine_decay(start: f64, peak: f64, warmup: u64, steps: u64, end: f64) -> Schedule {
    assert!(
        steps > warmup,
        "warmup_cosine_decay: `steps` counts the warm-up too and must be larger: found {steps} steps with {warmup} of warm-up"
    );
    let rise = linear(start, peak, warmup);
    let alpha = if peak == 0.0 { 0.0 } else { end / peak };
    let fall = cosine_decay(peak, steps - warmup, alpha);
    Schedule::new(move |step| if step < warmup { rise.at(step) } else { fall.at(step - warmup) })
}

/// How far a step is along `steps`, from 0 to 1.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
fn progress(step: u64, steps: u64) -> f64 {
    step.min(steps) as f64 / steps as f64
}
