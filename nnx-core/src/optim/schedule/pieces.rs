//! Schedules of several pieces.

use super::{Exponential, Schedule, constant, cosine_decay_with, linear};
use crate::optim::domain::{all_positive, positive};

/// Schedules one after the other: the next begins, at its own step 0, at each boundary
/// (`optax.join_schedules`).
///
/// ```
/// use nnx_core::optim::{constant, join, linear};
///
/// let schedule = join([linear(0.0, 1.0, 4), constant(1.0), linear(1.0, 0.0, 4)], [4, 8]);
/// assert_eq!([0, 2, 4, 6, 8, 10, 12].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]);
/// ```
///
/// # Panics
/// If there isn't one boundary between any two, or they don't ascend.
#[must_use]
pub fn join(
    schedules: impl IntoIterator<Item = Schedule>,
    boundaries: impl IntoIterator<Item = u64>,
) -> Schedule {
    let schedules: Vec<Schedule> = schedules.into_iter().collect();
    let boundaries: Vec<u64> = boundaries.into_iter().collect();
    assert!(
        schedules.len() == boundaries.len() + 1,
        "join: expected one boundary between any two schedules, found {} schedules and {} boundaries",
        schedules.len(),
        boundaries.len(),
    );
    assert!(boundaries.is_sorted(), "join: boundaries must ascend, found {boundaries:?}");
    Schedule::new(move |step| {
        let piece = boundaries.partition_point(|&boundary| boundary <= step);
        let begin = if piece == 0 { 0 } else { boundaries[piece - 1] };
        schedules[piece].at(step - begin)
    })
}

/// `start`, multiplied by a factor at each boundary (`optax.piecewise_constant_schedule`).
///
/// ```
/// use nnx_core::optim::piecewise_constant;
///
/// let schedule = piecewise_constant(1.0, [(20, 0.1), (40, 0.5)]);
/// assert_eq!([0, 19, 20, 40].map(|step| schedule.at(step)), [1.0, 1.0, 0.1, 0.05]);
/// ```
///
/// # Panics
/// If `start` or a factor is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn piecewise_constant(
    start: f64,
    boundaries_and_scales: impl IntoIterator<Item = (u64, f64)>,
) -> Schedule {
    let pieces: Vec<(u64, f64)> = boundaries_and_scales.into_iter().collect();
    positive("piecewise_constant", "start", start);
    check_scales("piecewise_constant", &pieces);
    Schedule::new(move |step| {
        let passed = pieces.iter().filter(|(boundary, _)| *boundary <= step);
        passed.fold(start, |rate, (_, scale)| rate * scale)
    })
}

/// How a schedule goes from one boundary to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// In a straight line.
    Linear,
    /// Along half a cosine.
    Cosine,
}

/// From `start` to `start` times the first factor at the first boundary, and so on
/// (`optax.piecewise_interpolate_schedule`).
///
/// ```
/// use nnx_core::optim::{Interpolation, piecewise_interpolate};
///
/// let schedule = piecewise_interpolate(Interpolation::Linear, 1.0, [(4, 0.5), (8, 0.0)]);
/// assert_eq!([0, 2, 4, 6, 8].map(|step| schedule.at(step)), [1.0, 0.75, 0.5, 0.25, 0.0]);
/// ```
///
/// # Panics
/// If `start` or a factor is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn piecewise_interpolate(
    how: Interpolation,
    start: f64,
    boundaries_and_scales: impl IntoIterator<Item = (u64, f64)>,
) -> Schedule {
    let mut pieces: Vec<(u64, f64)> = boundaries_and_scales.into_iter().collect();
    positive("piecewise_interpolate", "start", start);
    check_scales("piecewise_interpolate", &pieces);
    pieces.sort_by_key(|(boundary, _)| *boundary);
    Schedule::new(move |step| {
        let (mut begin, mut rate) = (0, start);
        for &(boundary, scale) in &pieces {
            if step < boundary {
                return between(how, rate, rate * scale, step - begin, boundary - begin);
            }
            (begin, rate) = (boundary, rate * scale);
        }
        rate
    })
}

#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
fn between(how: Interpolation, from: f64, to: f64, step: u64, steps: u64) -> f64 {
    let along = step as f64 / steps as f64;
    match how {
        Interpolation::Linear => (to - from) * along + from,
        Interpolation::Cosine => {
            to + (from - to) / 2.0 * (1.0 + (std::f64::consts::PI * along).cos())
        }
    }
}

#[track_caller]
fn check_scales(name: &str, pieces: &[(u64, f64)]) {
    for (boundary, scale) in pieces {
        assert!(
            *scale >= 0.0,
            "{name}: expected factors of 0 or more, found {scale} at {boundary}"
        );
        assert!(scale.is_finite(), "{name}: expected finite factors, found {scale} at {boundary}");
    }
}

/// The 1cycle of cosines: from `peak / 25` up to `peak` over the first 30% of the steps, and down to
/// `peak / 250000` (`optax.cosine_onecycle_schedule`; in PyTorch `OneCycleLR`; Smith and Topin, 2017).
///
/// As in optax 0.2.8 the last factor is `1 / (25 · 10⁴)` of the peak.
///
/// ```
/// use nnx_core::optim::cosine_onecycle;
///
/// let schedule = cosine_onecycle(100, 1.0);
/// assert!((schedule.at(0) - 0.04).abs() < 1e-9 && (schedule.at(30) - 1.0).abs() < 1e-9);
/// ```
///
/// # Panics
/// If `steps` is 0, or `peak` is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn cosine_onecycle(steps: u64, peak: f64) -> Schedule {
    positive("cosine_onecycle", "peak", peak);
    assert!(steps > 0, "cosine_onecycle: `steps` must be at least 1");
    let pieces = [(share(0.3, steps), 25.0), (steps, 1.0 / (25.0 * 1e4))];
    piecewise_interpolate(Interpolation::Cosine, peak / 25.0, pieces)
}

/// The 1cycle of straight lines: from `peak / 25` up to `peak` over the first 30% of the steps, down to
/// `peak / 25` at 85%, and to `peak / 250000` (`optax.linear_onecycle_schedule`; Smith and Topin, 2017).
///
/// ```
/// use nnx_core::optim::linear_onecycle;
///
/// let schedule = linear_onecycle(100, 1.0);
/// assert!((schedule.at(0) - 0.04).abs() < 1e-9 && (schedule.at(30) - 1.0).abs() < 1e-9);
/// ```
///
/// # Panics
/// If `steps` is 0, or `peak` is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn linear_onecycle(steps: u64, peak: f64) -> Schedule {
    positive("linear_onecycle", "peak", peak);
    assert!(steps > 0, "linear_onecycle: `steps` must be at least 1");
    let pieces = [(share(0.3, steps), 25.0), (share(0.85, steps), 1.0 / 25.0), (steps, 1e-4)];
    piecewise_interpolate(Interpolation::Linear, peak / 25.0, pieces)
}

/// A share of the steps, rounded down.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded down, as in optax"
)]
fn share(share: f64, steps: u64) -> u64 {
    (share * steps as f64) as u64
}

/// From `start` to `peak` in a straight line over `warmup` steps, then `peak`
/// (`optax.warmup_constant_schedule`). Over 0 steps it is `peak` from the first step on; in optax it stays at
/// `start` then, and a warm-up from 0 never trains.
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
    all_positive("warmup_constant", &[("start", start), ("peak", peak)]);
    if warmup == 0 { constant(peak) } else { linear(start, peak, warmup) }
}

/// From `start` to `peak` in a straight line over `warmup` steps, then to `end` along half a cosine;
/// `steps` counts both parts (`optax.warmup_cosine_decay_schedule`).
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
    all_positive("warmup_cosine_decay", &[("start", start), ("peak", peak), ("end", end)]);
    assert!(
        steps > warmup,
        "warmup_cosine_decay: `steps` counts the warm-up too and must be larger: found {steps} steps with {warmup} of warm-up"
    );
    let alpha = if peak == 0.0 { 0.0 } else { end / peak };
    let fall = cosine_decay_with(peak, steps - warmup, alpha, 1.0);
    join([linear(start, peak, warmup), fall], [warmup])
}

/// From `start` in a straight line over `warmup` steps to where the decay starts, and then the decay
/// (`optax.warmup_exponential_decay_schedule`).
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
    positive("warmup_exponential_decay", "start", start);
    join([linear(start, decay.at(0), warmup), decay.into()], [warmup])
}

/// Warm restarts: cycles of `(start, peak, warmup, steps, end)`, each a [`warmup_cosine_decay`], one
/// after the other (`optax.sgdr_schedule`; Loshchilov and Hutter, 2017).
///
/// ```
/// use nnx_core::optim::sgdr;
///
/// let schedule = sgdr([(0.0, 1.0, 2, 10, 0.0), (0.0, 0.5, 2, 10, 0.0)]);
/// assert_eq!([0, 1, 2, 10, 12].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 0.0, 0.5]);
/// ```
///
/// # Panics
/// If there is no cycle, if the steps of one aren't more than its warm-up, or if a rate is negative, infinite
/// or NaN.
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
