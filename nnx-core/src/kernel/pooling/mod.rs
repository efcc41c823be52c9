//! Pooling of images in NDHWC order. Two-dimensional images have a depth of 1, one-dimensional ones a
//! height of 1 as well.
//!
//! A position's points are folded three at a time, each over a block of channels, so that the accumulators
//! are loaded and stored once for three points. Results go to a second buffer: an update in place that keeps
//! some elements would be compiled to a masked store, which is slow.

mod coverage;
mod image_pool;
mod indices;
mod max_index;
mod points;
mod positions;
#[cfg(test)]
mod tests;

use std::cell::Cell;

pub(crate) use coverage::Coverage;
pub(crate) use image_pool::ImagePool;
pub(crate) use indices::{add_at_indices, max_with_indices, take_at_indices};
use max_index::MaxIndex;
pub(crate) use max_index::{gather, scatter};
use points::{fold_few, fold_many};
use positions::{for_each_pair, for_each_position, for_each_position_into};

use super::Float;
use super::means::mean_scaled;

/// Channels per block.
const CHANNEL_BLOCK: usize = 64;

/// `out[b, p, c]` = the maximum over the points of `p`; padding counts as −∞.
pub(crate) fn max<E: Float>(coverage: &Coverage, channels: usize, x: &[E], out: &mut [E]) {
    for_each_position(
        coverage,
        channels,
        out,
        #[inline(always)]
        |b, offsets, out| {
            let image = &x[b * coverage.image(channels)..];
            let larger = |max, x: E| if x > max || x.is_nan() { x } else { max };
            fold::<E, MAX_RUN>(image, offsets, out, E::NEG_INFINITY, larger, |_| {});
        },
    );
}

/// `out[b, p, c]` = the sum over the points of `p`; padding counts as 0.
pub(crate) fn sum<E: Float>(coverage: &Coverage, channels: usize, x: &[E], out: &mut [E]) {
    for_each_position(
        coverage,
        channels,
        out,
        #[inline(always)]
        |b, offsets, out| {
            let image = &x[b * coverage.image(channels)..];
            fold::<E, SUM_RUN>(image, offsets, out, E::ZERO, |sum, x| sum + x, |_| {});
        },
    );
}

/// `out[b, p, c]` = the mean over the points of `p`: their sum divided by `count`, or by the number of points.
/// It is finite if the points are, and 0 if there are none.
pub(crate) fn mean<E: Float>(
    coverage: &Coverage,
    channels: usize,
    count: Option<usize>,
    x: &[E],
    out: &mut [E],
) {
    for_each_position(
        coverage,
        channels,
        out,
        #[inline(always)]
        |b, offsets, out| {
            let image = &x[b * coverage.image(channels)..];
            let count = count.unwrap_or(offsets.len()) as f64;
            let all_finite = Cell::new(true);
            // Sums are divided while they are in registers: writing them first would take a third longer.
            let divide = |sums: &mut [E]| {
                let finite = sums.iter().fold(true, |finite, x| finite & x.is_finite());
                all_finite.set(all_finite.get() & finite);
                divide(sums, count);
            };
            fold::<E, SUM_RUN>(image, offsets, out, E::ZERO, |sum, x| sum + x, divide);
            if !all_finite.get() {
                means_of_large(image, offsets, count, out);
            }
        },
    );
}

/// Divides by a number of points. If it is a power of two, so is the reciprocal, and multiplying by it is as exact.
#[inline(always)]
fn divide<E: Float>(out: &mut [E], count: f64) {
    let reciprocal = 1.0 / count;
    if reciprocal * count == 1.0 && reciprocal.to_bits().trailing_zeros() >= 52 {
        let reciprocal = E::from_f64(reciprocal);
        return out.iter_mut().for_each(|out| *out = *out * reciprocal);
    }
    let divisor = E::from_f64(count);
    out.iter_mut().for_each(|out| *out = *out / divisor);
}

/// The means of a position where a sum overflowed, or a point isn't finite: there, `out` isn't finite either.
#[cold]
#[inline(never)]
fn means_of_large<E: Float>(image: &[E], offsets: &[usize], count: f64, out: &mut [E]) {
    for (c, out) in out.iter_mut().enumerate().filter(|(_, out)| !out.is_finite()) {
        *out = mean_scaled(offsets.iter().map(|offset| image[offset + c]), count);
    }
}

/// Folds the points of a position: after the first one three at a time, `(folded a) (b c)`, then the remaining
/// ones. Calls `finish` with each group of folded channels. `start` is the result without points.
#[inline(always)]
fn fold<E: Float, const RUN: usize>(
    image: &[E],
    offsets: &[usize],
    out: &mut [E],
    start: E,
    combine: impl Fn(E, E) -> E,
    finish: impl Fn(&mut [E]),
) {
    let steps = (&combine, &finish);
    // Small windows: no buffers. `f64` serves to check gradients: it has the loops of large windows alone, with the same
    // bits.
    match *offsets {
        [] => out.fill(start),
        [a, b] if const { is_narrow::<E>() } => fold_few(image, [a, b], out, steps),
        [a, b, c, d] if const { is_narrow::<E>() } => fold_few(image, [a, b, c, d], out, steps),
        [a, b, c, d, e, f, g, h, i] if const { is_narrow::<E>() } => {
            fold_few(image, [a, b, c, d, e, f, g, h, i], out, steps);
        }
        _ => fold_many::<E, RUN>(image, offsets, out, steps),
    }
}

const fn is_narrow<E>() -> bool {
    size_of::<E>() <= 4
}

/// Points per run of a sum, at least: the points of a large window are summed in runs, so that the error grows
/// with the root of their number.
const SUM_RUN: usize = 64;
/// Points per run of a maximum, which has no rounding error.
const MAX_RUN: usize = usize::MAX;

/// The transpose of [`sum`]: adds each element of `dy` to every point of its position.
pub(crate) fn sum_backward<E: Float>(coverage: &Coverage, channels: usize, dy: &[E], dx: &mut [E]) {
    for_each_position_into(
        coverage,
        channels,
        dy,
        dx,
        #[inline(always)]
        |_, offsets, dy, dx| {
            for &offset in offsets {
                for (dx, &dy) in dx[offset..].iter_mut().zip(dy) {
                    *dx += dy;
                }
            }
        },
    );
}
