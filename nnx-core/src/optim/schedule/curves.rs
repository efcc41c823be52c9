//! Schedules given by one formula.

use super::curve::Curve;
use super::{Schedule, constant};
use crate::ops::AttributeValue;
use crate::optim::settings::{all_non_negative, non_negative};

/// Linear from `start` to `end` over `steps` steps, then constant (`optax.linear_schedule`; in PyTorch
/// `LinearLR`). With `steps = 0` it is `start` for ever, as in optax.
///
/// ```
/// use nnx_core::optim::linear;
///
/// let schedule = linear(1.0, 0.0, 4);
/// assert_eq!([0, 1, 4, 9].map(|step| schedule.at(step)), [1.0, 0.75, 0.0, 0.0]);
/// ```
///
/// # Panics
/// If an argument is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn linear(start: f64, end: f64, steps: u64) -> Schedule {
    all_non_negative("linear", &[("start", start), ("end", end)]);
    polynomial(start, end, 1.0, steps)
}

/// Polynomial from `start` to `end` over `steps` steps: `(start - end) (1 - t / steps)^power + end`, then
/// constant (`optax.polynomial_schedule`; in PyTorch `PolynomialLR`). With `steps = 0` it is `start` for ever, as
/// in optax.
///
/// ```
/// use nnx_core::optim::polynomial;
///
/// let schedule = polynomial(1.0, 0.0, 2.0, 4);
/// assert_eq!([0, 2, 4].map(|step| schedule.at(step)), [1.0, 0.25, 0.0]);
/// ```
///
/// # Panics
/// If an argument is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn polynomial(start: f64, end: f64, power: f64, steps: u64) -> Schedule {
    all_non_negative("polynomial", &[("start", start), ("end", end), ("power", power)]);
    if steps == 0 {
        return constant(start);
    }
    Schedule::of(Curve::Polynomial { start, end, power, steps })
}

/// Cosine decay from `start` to `alpha start` over `steps` steps:
/// `start ((1 - alpha) (1 + cos(π t / steps)) / 2 + alpha)`, then constant (`optax.cosine_decay_schedule`; in
/// PyTorch `CosineAnnealingLR`; Loshchilov and Hutter, 2017).
///
/// ```
/// use nnx_core::optim::cosine_decay;
///
/// let schedule = cosine_decay(1.0, 4, 0.5);
/// assert_eq!([0, 2, 4, 9].map(|step| schedule.at(step)), [1.0, 0.75, 0.5, 0.5]);
/// ```
///
/// # Panics
/// If `steps` is 0, or another argument is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn cosine_decay(start: f64, steps: u64, alpha: f64) -> Schedule {
    cosine_decay_with(start, steps, alpha, 1.0)
}

/// [`cosine_decay`] with an exponent:
/// `start ((1 - alpha) ((1 + cos(π t / steps)) / 2)^exponent + alpha)`.
///
/// ```
/// use nnx_core::optim::cosine_decay_with;
///
/// let schedule = cosine_decay_with(1.0, 4, 0.0, 2.0);
/// assert_eq!([0, 2, 4].map(|step| schedule.at(step)), [1.0, 0.25, 0.0]);
/// ```
///
/// # Panics
/// If `steps` is 0, or another argument is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn cosine_decay_with(start: f64, steps: u64, alpha: f64, exponent: f64) -> Schedule {
    all_non_negative("cosine_decay", &[("start", start), ("alpha", alpha), ("exponent", exponent)]);
    assert!(steps > 0, "cosine_decay: `steps` must be at least 1");
    Schedule::of(Curve::Cosine { start, steps, alpha, exponent })
}

/// Exponential decay `start rate^(t / steps)`: a factor of `rate` every `steps` steps
/// (`optax.exponential_decay`; in PyTorch `ExponentialLR`, or `StepLR` with
/// [`staircase`](Exponential::staircase)). With `steps = 0` or `rate = 0` it is `start` for ever, as in optax.
///
/// ```
/// use nnx_core::optim::exponential_decay;
///
/// let schedule = exponential_decay(1.0, 10, 0.5).staircase().end(0.2).begin(5);
/// assert_eq!([0, 14, 15, 25, 100].map(|step| schedule.at(step)), [1.0, 1.0, 0.5, 0.25, 0.2]);
/// ```
///
/// # Panics
/// If an argument is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn exponential_decay(start: f64, steps: u64, rate: f64) -> Exponential {
    all_non_negative("exponential_decay", &[("start", start), ("rate", rate)]);
    Exponential { start, steps, rate, begin: 0, staircase: false, end: None }
}

/// See [`exponential_decay`].
#[derive(Debug, Clone, Copy, AttributeValue)]
pub struct Exponential {
    start: f64,
    steps: u64,
    rate: f64,
    begin: u64,
    staircase: bool,
    end: Option<f64>,
}

impl Exponential {
    /// Starts the decay after this number of steps (`transition_begin`).
    #[must_use]
    pub fn begin(self, steps: u64) -> Self {
        Self { begin: steps, ..self }
    }

    /// Multiplies by the whole factor every `steps` steps, with a constant rate in between.
    #[must_use]
    pub fn staircase(self) -> Self {
        Self { staircase: true, ..self }
    }

    /// Bounds the schedule by this final rate (`end_value`).
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn end(self, rate: f64) -> Self {
        let rate = non_negative("exponential_decay", "end", rate);
        Self { end: Some(rate), ..self }
    }

    /// The learning rate of a step.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
    pub fn at(&self, step: u64) -> f64 {
        if self.steps == 0 || self.rate == 0.0 {
            return self.start;
        }
        let along = step.saturating_sub(self.begin) as f64 / self.steps as f64;
        let along = if self.staircase { along.floor() } else { along };
        let rate = self.start * self.rate.powf(along);
        match self.end {
            Some(end) if self.rate < 1.0 => rate.max(end),
            Some(end) => rate.min(end),
            None => rate,
        }
    }
}

impl From<Exponential> for Schedule {
    fn from(curve: Exponential) -> Self {
        Self::of(Curve::Exponential(curve))
    }
}

/// The fraction of `steps` that is done, from 0 to 1.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
pub(super) fn progress(step: u64, steps: u64) -> f64 {
    step.min(steps) as f64 / steps as f64
}
