//! The schedules of the library as data: what the file of a recorded step has of them.

use super::curves::progress;
use super::pieces::{Interpolation, interpolated};
use super::{Exponential, Schedule};
use crate::ops::AttributeValue;

/// A schedule of the library. Its constructors check the parameters.
#[derive(Debug, AttributeValue)]
#[attribute(name = "Schedule", check = check)]
pub(super) enum Curve {
    Constant {
        rate: f64,
    },
    Polynomial {
        start: f64,
        end: f64,
        power: f64,
        steps: u64,
    },
    Cosine {
        start: f64,
        steps: u64,
        alpha: f64,
        exponent: f64,
    },
    Exponential(#[attribute(name = "decay")] Exponential),
    /// Another schedule, which begins after `steps`.
    Delayed {
        schedule: Schedule,
        steps: u64,
    },
    /// Schedules one after the other, each from its boundary on.
    Joined {
        schedules: Vec<Schedule>,
        boundaries: Vec<u64>,
    },
    /// Multiplied by a scale at each boundary.
    Scaled {
        start: f64,
        boundaries: Vec<u64>,
        scales: Vec<f64>,
    },
    /// The same with values between the boundaries.
    Interpolated {
        how: Interpolation,
        start: f64,
        boundaries: Vec<u64>,
        scales: Vec<f64>,
    },
}

/// An error unless lists have the lengths that the constructors ensure.
fn check(curve: &Curve) -> Result<(), String> {
    let fits = match curve {
        Curve::Joined { schedules, boundaries } => {
            schedules.len() == boundaries.len() + 1 && boundaries.is_sorted()
        }
        Curve::Scaled { boundaries, scales, .. } => boundaries.len() == scales.len(),
        Curve::Interpolated { boundaries, scales, .. } => {
            boundaries.len() == scales.len() && boundaries.is_sorted()
        }
        Curve::Polynomial { steps, .. } | Curve::Cosine { steps, .. } => *steps > 0,
        Curve::Constant { .. } | Curve::Exponential(_) | Curve::Delayed { .. } => true,
    };
    match fits {
        true => Ok(()),
        false => {
            Err("takes at least one step, boundaries in ascending order, and a piece for each"
                .to_owned())
        }
    }
}

impl Curve {
    /// The rate of a step.
    pub(super) fn at(&self, step: u64) -> f64 {
        match self {
            Self::Constant { rate } => *rate,
            // Equal to the formula below for a power of 1, but rounded so that the line ends exactly at `end`.
            Self::Polynomial { start, end, power: 1.0, steps } => {
                start + (end - start) * progress(step, *steps)
            }
            Self::Polynomial { start, end, power, steps } => {
                (start - end) * (1.0 - progress(step, *steps)).powf(*power) + end
            }
            Self::Cosine { start, steps, alpha, exponent } => {
                let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress(step, *steps)).cos());
                start * ((1.0 - alpha) * cosine.powf(*exponent) + alpha)
            }
            Self::Exponential(curve) => curve.at(step),
            Self::Delayed { schedule, steps } => schedule.at(step.saturating_sub(*steps)),
            Self::Joined { schedules, boundaries } => {
                let piece = boundaries.partition_point(|&boundary| boundary <= step);
                let begin = if piece == 0 { 0 } else { boundaries[piece - 1] };
                schedules[piece].at(step - begin)
            }
            Self::Scaled { start, boundaries, scales } => {
                let passed =
                    boundaries.iter().zip(scales).filter(|(boundary, _)| **boundary <= step);
                passed.fold(*start, |rate, (_, scale)| rate * scale)
            }
            Self::Interpolated { how, start, boundaries, scales } => interpolated(
                *how,
                *start,
                boundaries.iter().copied().zip(scales.iter().copied()),
                step,
            ),
        }
    }
}
