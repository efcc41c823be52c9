//! Pooling of images in NDHWC order. Two-dimensional images have a depth of 1, one-dimensional ones a
//! height of 1 as well.
//!
//! A position's taps are folded three at a time, each over a block of channels, so that the accumulators
//! are loaded and stored once for three taps. Results go to a second buffer: an update in place that keeps
//! some elements would be compiled to a masked store, which is slow.

mod coverage;
mod max_index;
mod positions;
#[cfg(test)]
mod tests;

pub(crate) use coverage::Coverage;
pub(crate) use max_index::{gather, scatter};
use positions::{for_each_position, for_each_position_into};

use super::Float;
use super::means::mean_scaled;

/// Channels per block.
const CHANNEL_BLOCK: usize = 64;

/// `out[b, p, c]` = the maximum over the taps of `p`; padding counts as −∞.
pub(crate) fn max<E: Float>(coverage: &Coverage, channels: usize, x: &[E], out: &mut [E]) {
    fold::<E, MAX_RUN>(
        coverage,
        channels,
        x,
        out,
        E::NEG_INFINITY,
        #[inline(always)]
        |max, x| if x > max || x.is_nan() { x } else { max },
        |_, _, _| {},
    );
}

/// `out[b, p, c]` = the sum over the taps of `p`; padding counts as 0.
pub(crate) fn sum<E: Float>(coverage: &Coverage, channels: usize, x: &[E], out: &mut [E]) {
    add(coverage, channels, x, out, |_, _, _| {});
}

/// `out[b, p, c]` = the mean over the taps of `p`: their sum divided by `count`, or by the number of taps.
/// It is finite if the taps are, and 0 if there are none.
pub(crate) fn mean<E: Float>(
    coverage: &Coverage,
    channels: usize,
    count: Option<usize>,
    x: &[E],
    out: &mut [E],
) {
    add(
        coverage,
        channels,
        x,
        out,
        #[inline(always)]
        |image, offsets, out| {
            let count = count.unwrap_or(offsets.len()) as f64;
            // Two loops, so that neither has a branch for each element.
            if out.iter().fold(true, |finite, x| finite & x.is_finite()) {
                return divide(out, count);
            }
            means_of_large(image, offsets, count, out);
        },
    );
}

/// Divides by a number of taps. If it is a power of two, so is the reciprocal, and multiplying by it is as exact.
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

/// The means of a position where a sum overflowed, or a tap isn't finite.
#[cold]
#[inline(never)]
fn means_of_large<E: Float>(image: &[E], offsets: &[usize], count: f64, out: &mut [E]) {
    let divisor = E::from_f64(count);
    for (c, out) in out.iter_mut().enumerate() {
        *out = match out.is_finite() {
            true => *out / divisor,
            false => mean_scaled(offsets.iter().map(|offset| image[offset + c]), count),
        };
    }
}

/// Sums the taps of each position, then calls `finish` as [`fold`] does.
#[inline(always)]
fn add<E: Float>(
    coverage: &Coverage,
    channels: usize,
    x: &[E],
    out: &mut [E],
    finish: impl Fn(&[E], &[usize], &mut [E]) + Sync,
) {
    fold::<E, SUM_RUN>(
        coverage,
        channels,
        x,
        out,
        E::ZERO,
        #[inline(always)]
        |sum, x| sum + x,
        finish,
    );
}

/// Folds the taps of each position: after the first one three at a time, `(folded a) (b c)`, then the
/// remaining ones. Then calls `finish(image, offsets of the taps, folded channels)`.
#[inline(always)]
fn fold<E: Float, const RUN: usize>(
    coverage: &Coverage,
    channels: usize,
    x: &[E],
    out: &mut [E],
    start: E,
    combine: impl Fn(E, E) -> E + Sync,
    finish: impl Fn(&[E], &[usize], &mut [E]) + Sync,
) {
    for_each_position(
        coverage,
        channels,
        out,
        #[inline(always)]
        |b, offsets, out| {
            let image = &x[b * coverage.image(channels)..];
            // Small windows: no buffers.
            match *offsets {
                [] => return out.fill(start),
                [a, b] => fold_few(image, [a, b], out, &combine),
                [a, b, c, d] => fold_few(image, [a, b, c, d], out, &combine),
                [a, b, c, d, e, f, g, h, i] => {
                    fold_few(image, [a, b, c, d, e, f, g, h, i], out, &combine);
                }
                _ => fold_many::<E, RUN>(image, offsets, out, &combine),
            }
            finish(image, offsets, out);
        },
    );
}

/// Folds the taps of a small window, in the order of [`fold_run`].
#[inline(always)]
fn fold_few<E: Float, const TAPS: usize>(
    image: &[E],
    offsets: [usize; TAPS],
    out: &mut [E],
    combine: &impl Fn(E, E) -> E,
) {
    let taps = offsets.map(|offset| &image[offset..][..out.len()]);
    let first = fold_lanes::<E, TAPS, 32>(taps, 0, out, combine);
    let first = fold_lanes::<E, TAPS, 8>(taps, first, out, combine);
    fold_lanes::<E, TAPS, 1>(taps, first, out, combine);
}

/// Folds whole groups of channels from `first` on; returns the first channel that isn't folded. The number of channels of
/// a group is known to the compiler, so their values stay in registers.
#[inline(always)]
fn fold_lanes<E: Float, const TAPS: usize, const LANES: usize>(
    taps: [&[E]; TAPS],
    first: usize,
    out: &mut [E],
    combine: &impl Fn(E, E) -> E,
) -> usize {
    let groups = out[first..].as_chunks_mut::<LANES>().0;
    let end = first + groups.len() * LANES;
    for (i, out) in groups.iter_mut().enumerate() {
        let group = |tap: usize| -> [E; LANES] {
            *taps[tap][first + i * LANES..].first_chunk().expect("as many channels as out")
        };
        let (mut folded, mut next) = (group(0), 1);
        while next + 3 <= TAPS {
            let [a, b, c] = [group(next), group(next + 1), group(next + 2)];
            for lane in 0..LANES {
                folded[lane] = combine(combine(folded[lane], a[lane]), combine(b[lane], c[lane]));
            }
            next += 3;
        }
        while next < TAPS {
            let a = group(next);
            for lane in 0..LANES {
                folded[lane] = combine(folded[lane], a[lane]);
            }
            next += 1;
        }
        *out = folded;
    }
    end
}

/// Folds the taps of a window of any size, by blocks of channels.
#[inline(always)]
fn fold_many<E: Float, const RUN: usize>(
    image: &[E],
    offsets: &[usize],
    out: &mut [E],
    combine: &impl Fn(E, E) -> E,
) {
    let (first, others) = offsets.split_at(RUN.min(offsets.len()));
    for (i, out) in out.chunks_mut(CHANNEL_BLOCK).enumerate() {
        let (mut old, mut new) = ([E::ZERO; CHANNEL_BLOCK], [E::ZERO; CHANNEL_BLOCK]);
        let (old, new) = (&mut old[..out.len()], &mut new[..out.len()]);
        let width = out.len();
        let at = |offset: usize| &image[offset + i * CHANNEL_BLOCK..][..width];
        out.copy_from_slice(fold_run(first, at, old, new, combine));
        for run in others.chunks(others.len().isqrt().max(RUN)) {
            let folded = fold_run(run, at, old, new, combine);
            out.iter_mut().zip(folded).for_each(|(out, x)| *out = combine(*out, *x));
        }
    }
}

/// Taps per run of a sum, at least: the taps of a large window are summed in runs, so that the error grows
/// with the root of their number.
const SUM_RUN: usize = 64;
/// Taps per run of a maximum, which has no rounding error.
const MAX_RUN: usize = usize::MAX;

/// Folds the taps of one run of a large window.
#[inline(always)]
fn fold_run<'a, 'x, E: Float>(
    offsets: &[usize],
    at: impl Fn(usize) -> &'x [E],
    mut old: &'a mut [E],
    mut new: &'a mut [E],
    combine: &impl Fn(E, E) -> E,
) -> &'a mut [E] {
    old.copy_from_slice(at(offsets[0]));
    let (threes, rest) = offsets[1..].as_chunks::<3>();
    for &[j, k, l] in threes {
        fold_three(old, at(j), at(k), at(l), new, combine);
        std::mem::swap(&mut old, &mut new);
    }
    for &offset in rest {
        for ((new, &old), &x) in new.iter_mut().zip(&*old).zip(at(offset)) {
            *new = combine(old, x);
        }
        std::mem::swap(&mut old, &mut new);
    }
    old
}

#[inline(always)]
fn fold_three<E: Float>(
    old: &[E],
    a: &[E],
    b: &[E],
    c: &[E],
    new: &mut [E],
    combine: &impl Fn(E, E) -> E,
) {
    for ((new, (&old, &a)), (&b, &c)) in new.iter_mut().zip(old.iter().zip(a)).zip(b.iter().zip(c))
    {
        *new = combine(combine(old, a), combine(b, c));
    }
}

/// The transpose of [`sum`]: adds each element of `dy` to every tap of its position.
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
