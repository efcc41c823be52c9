//! Schedules made of several schedules.

use super::Schedule;
use super::curve::Curve;
use crate::ops::AttributeValue;
use crate::optim::settings::non_negative;

/// Schedules in sequence. At each boundary the next one starts, at its own step 0
/// (`optax.join_schedules`; in PyTorch `SequentialLR`).
///
/// ```
/// use nnx_core::optim::{constant, join, linear};
///
/// let schedule = join([linear(0.0, 1.0, 4), constant(1.0), linear(1.0, 0.0, 4)], [4, 8]);
/// assert_eq!([0, 2, 4, 6, 8, 10, 12].map(|step| schedule.at(step)), [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]);
/// ```
///
/// # Panics
/// If the number of boundaries isn't one less than that of schedules, or they don't ascend.
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
    Schedule::of(Curve::Joined { schedules, boundaries })
}

/// `start`, multiplied by a factor at each boundary (`optax.piecewise_constant_schedule`; in PyTorch
/// `MultiStepLR`). The arguments are `(boundary, factor)`.
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
    non_negative("piecewise_constant", "start", start);
    check_scales("piecewise_constant", &pieces);
    let (boundaries, scales) = pieces.into_iter().unzip();
    Schedule::of(Curve::Scaled { start, boundaries, scales })
}

/// The curve of [`piecewise_interpolate`] between two boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
pub enum Interpolation {
    /// Linear.
    Linear,
    /// Half a period of a cosine.
    Cosine,
}

/// Interpolates from `start` at step 0 to `start` times the first factor at the first boundary, from there to
/// that times the second factor at the second boundary, and so on (`optax.piecewise_interpolate_schedule`). The
/// arguments are `(boundary, factor)`.
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
    interpolate(how, start, boundaries_and_scales.into_iter().collect())
}

/// [`piecewise_interpolate`], compiled once for all iterators.
#[track_caller]
fn interpolate(how: Interpolation, start: f64, unsorted: Vec<(u64, f64)>) -> Schedule {
    non_negative("piecewise_interpolate", "start", start);
    check_scales("piecewise_interpolate", &unsorted);
    let mut pieces: Vec<(u64, f64)> = Vec::new();
    for piece in unsorted {
        pieces.insert(pieces.partition_point(|before| before.0 <= piece.0), piece);
    }
    let (boundaries, scales) = pieces.into_iter().unzip();
    Schedule::of(Curve::Interpolated { how, start, boundaries, scales })
}

/// The rate of a step between pieces in ascending order.
pub(super) fn interpolated(
    how: Interpolation,
    start: f64,
    pieces: impl Iterator<Item = (u64, f64)>,
    step: u64,
) -> f64 {
    let (mut begin, mut rate) = (0, start);
    for (boundary, scale) in pieces {
        if step < boundary {
            return between(how, rate, rate * scale, step - begin, boundary - begin);
        }
        (begin, rate) = (boundary, rate * scale);
    }
    rate
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

/// The 1cycle policy with cosines: from `peak / 25` up to `peak` in the first 30% of the steps, then down to
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
    non_negative("cosine_onecycle", "peak", peak);
    assert!(steps > 0, "cosine_onecycle: `steps` must be at least 1");
    let pieces = [(fraction(0.3, steps), 25.0), (steps, 1.0 / (25.0 * 1e4))];
    piecewise_interpolate(Interpolation::Cosine, peak / 25.0, pieces)
}

/// The 1cycle policy with lines: from `peak / 25` up to `peak` in the first 30% of the steps, down to
/// `peak / 25` at 85%, then to `peak / 250000` (`optax.linear_onecycle_schedule`; Smith and Topin, 2017).
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
    non_negative("linear_onecycle", "peak", peak);
    assert!(steps > 0, "linear_onecycle: `steps` must be at least 1");
    let pieces = [(fraction(0.3, steps), 25.0), (fraction(0.85, steps), 1.0 / 25.0), (steps, 1e-4)];
    piecewise_interpolate(Interpolation::Linear, peak / 25.0, pieces)
}

/// This fraction of the steps, rounded down.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded down, as in optax"
)]
fn fraction(fraction: f64, steps: u64) -> u64 {
    (fraction * steps as f64) as u64
}
