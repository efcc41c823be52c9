//! Schedules that start with a warm-up, and warm restarts.

use super::{Exponential, Schedule, constant, cosine_decay_with, join, linear};
use crate::optim::settings::{all_non_negative, non_negative};

/// Linear warm-up from `start` to `peak` over `warmup` steps, then constant
/// (`optax.warmup_constant_schedule`). With `warmup = 0` it is `peak` from the first step on. In optax it stays at
/// `start`, so that a warm-up from 0 never trains.
///
/// ```
/// use nnx_core::optim::warmup_constant;
///
/// let schedule = warmup_constant(0.0, 1.0, 4);
/// assert_eq!([0, 2, 4, 9].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 1.0]);
/// ```
///
/// # Panics
/// If a rate is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn warmup_constant(start: f64, peak: f64, warmup: u64) -> Schedule {
    all_non_negative("warmup_constant", &[("start", start), ("peak", peak)]);
    if warmup == 0 { constant(peak) } else { linear(start, peak, warmup) }
}

/// Linear warm-up from `start` to `peak` over `warmup` steps, then cosine decay to `end`. `steps` counts both
/// (`optax.warmup_cosine_decay_schedule`).
///
/// ```
/// use nnx_core::optim::warmup_cosine_decay;
///
/// let schedule = warmup_cosine_decay(0.0, 1.0, 10, 110, 0.0);
/// assert_eq!([0, 5, 10, 60, 110].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 0.5, 0.0]);
/// ```
///
/// # Panics
/// If `steps` isn't larger than `warmup`, or a rate is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn warmup_cosine_decay(start: f64, peak: f64, warmup: u64, steps: u64, end: f64) -> Schedule {
    all_non_negative("warmup_cosine_decay", &[("start", start), ("peak", peak), ("end", end)]);
    assert!(
        steps > warmup,
        "warmup_cosine_decay: `steps` counts the warm-up too and must be larger: found {steps} steps with {warmup} of warm-up"
    );
    let alpha = if peak == 0.0 { 0.0 } else { end / peak };
    let fall = cosine_decay_with(peak, steps - warmup, alpha, 1.0);
    join([linear(start, peak, warmup), fall], [warmup])
}

/// Linear warm-up from `start` over `warmup` steps to the first value of an
/// [`exponential_decay`](super::exponential_decay), then this decay (`optax.warmup_exponential_decay_schedule`).
///
/// ```
/// use nnx_core::optim::{exponential_decay, warmup_exponential_decay};
///
/// let schedule = warmup_exponential_decay(0.0, 4, exponential_decay(1.0, 10, 0.5));
/// assert_eq!([0, 2, 4, 14].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 0.5]);
/// ```
///
/// # Panics
/// If `start` is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn warmup_exponential_decay(start: f64, warmup: u64, decay: Exponential) -> Schedule {
    non_negative("warmup_exponential_decay", "start", start);
    join([linear(start, decay.at(0), warmup), decay.into()], [warmup])
}

/// Warm restarts: one [`warmup_cosine_decay`] after the other, each with its own arguments
/// `(start, peak, warmup, steps, end)` (`optax.sgdr_schedule`; in PyTorch `CosineAnnealingWarmRestarts`;
/// Loshchilov and Hutter, 2017).
///
/// ```
/// use nnx_core::optim::sgdr;
///
/// let schedule = sgdr([(0.0, 1.0, 2, 10, 0.0), (0.0, 0.5, 2, 10, 0.0)]);
/// assert_eq!([0, 1, 2, 10, 12].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 0.0, 0.5]);
/// ```
///
/// # Panics
/// If there is no cycle, if a cycle has no more steps than its warm-up, or if a rate is negative, infinite or
/// NaN.
#[must_use]
#[track_caller]
pub fn sgdr(cycles: impl IntoIterator<Item = (f64, f64, u64, u64, f64)>) -> Schedule {
    let (mut schedules, mut boundaries, mut end_of) = (Vec::new(), Vec::new(), 0);
    for (start, peak, warmup, steps, end) in cycles {
        schedules.push(warmup_cosine_decay(start, peak, warmup, steps, end));
        end_of += steps;
        boundaries.push(end_of);
    }
    assert!(!schedules.is_empty(), "sgdr: expected a cycle or more");
    boundaries.pop();
    join(schedules, boundaries)
}
