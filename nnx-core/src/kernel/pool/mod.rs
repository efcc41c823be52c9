//! Pooling of images in NDHWC order. Two-dimensional images have a depth of 1, one-dimensional ones a
//! height of 1 as well.
//!
//! A position's taps are folded three at a time, each over a block of channels, so that the accumulators
//! are loaded and stored once for three taps. Results go to a second buffer: an update in place that keeps
//! some elements would be compiled to a masked store, which is slow.

mod cover;
mod maxima;
#[cfg(test)]
mod tests;

use cover::Columns;
pub(crate) use cover::Cover;
pub(crate) use maxima::{pick, scatter};

use super::means::mean_scaled;
use super::{Float, parallel, vectorize_small};

/// Channels of a block.
const CHANNELS: usize = 64;

/// `out[b, p, c]` = the maximum over the taps of `p`; padding counts as −∞.
pub(crate) fn max<E: Float>(cover: &Cover, channels: usize, x: &[E], out: &mut [E]) {
    fold::<E, MAX>(
        cover,
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
pub(crate) fn sum<E: Float>(cover: &Cover, channels: usize, x: &[E], out: &mut [E]) {
    add(cover, channels, x, out, |_, _, _| {});
}

/// `out[b, p, c]` = the mean over the taps of `p`: their sum divided by `count`, or by the number of taps.
/// It is finite if the taps are, and 0 if there are none.
pub(crate) fn mean<E: Float>(
    cover: &Cover,
    channels: usize,
    count: Option<usize>,
    x: &[E],
    out: &mut [E],
) {
    add(
        cover,
        channels,
        x,
        out,
        #[inline(always)]
        |image, places, out| {
            let count = count.unwrap_or(places.len()) as f64;
            let divisor = E::from_f64(count);
            for (c, out) in out.iter_mut().enumerate() {
                *out = match out.is_finite() {
                    true => *out / divisor,
                    false => mean_scaled(places.iter().map(|place| image[place + c]), count),
                };
            }
        },
    );
}

/// Sums the taps of each position, then calls `finish` as [`fold`] does.
#[inline(always)]
fn add<E: Float>(
    cover: &Cover,
    channels: usize,
    x: &[E],
    out: &mut [E],
    finish: impl Fn(&[E], &[usize], &mut [E]) + Sync,
) {
    fold::<E, SUM>(
        cover,
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
    cover: &Cover,
    channels: usize,
    x: &[E],
    out: &mut [E],
    start: E,
    combine: impl Fn(E, E) -> E + Sync,
    finish: impl Fn(&[E], &[usize], &mut [E]) + Sync,
) {
    each_position(
        cover,
        channels,
        out,
        #[inline(always)]
        |b, places, out| {
            let image = &x[b * cover.image(channels)..];
            if places.is_empty() {
                return out.fill(start);
            }
            let (first, others) = places.split_at(RUN.min(places.len()));
            for (i, out) in out.chunks_mut(CHANNELS).enumerate() {
                let (mut old, mut new) = ([E::ZERO; CHANNELS], [E::ZERO; CHANNELS]);
                let (old, new) = (&mut old[..out.len()], &mut new[..out.len()]);
                let width = out.len();
                let at = |place: usize| &image[place + i * CHANNELS..][..width];
                out.copy_from_slice(fold_run(first, at, old, new, &combine));
                for run in others.chunks(others.len().isqrt().max(RUN)) {
                    let part = fold_run(run, at, old, new, &combine);
                    out.iter_mut().zip(part).for_each(|(out, x)| *out = combine(*out, *x));
                }
            }
            finish(image, places, out);
        },
    );
}

/// Taps per run of a sum, at least: the taps of a large window are summed in runs, so that the error grows
/// with the root of their number.
const SUM: usize = 64;
/// Taps per run of a maximum, which has no rounding error.
const MAX: usize = usize::MAX;

/// Folds the taps of one run.
#[inline(always)]
fn fold_run<'a, 'x, E: Float>(
    places: &[usize],
    at: impl Fn(usize) -> &'x [E],
    mut old: &'a mut [E],
    mut new: &'a mut [E],
    combine: &impl Fn(E, E) -> E,
) -> &'a mut [E] {
    old.copy_from_slice(at(places[0]));
    let (threes, rest) = places[1..].as_chunks::<3>();
    for &[j, k, l] in threes {
        fold_three(old, at(j), at(k), at(l), new, combine);
        std::mem::swap(&mut old, &mut new);
    }
    for &place in rest {
        for ((new, &old), &x) in new.iter_mut().zip(&*old).zip(at(place)) {
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
pub(crate) fn spread<E: Float>(cover: &Cover, channels: usize, dy: &[E], dx: &mut [E]) {
    each_position_onto(
        cover,
        channels,
        dy,
        dx,
        #[inline(always)]
        |_, places, dy, dx| {
            for &place in places {
                for (dx, &dy) in dx[place..].iter_mut().zip(dy) {
                    *dx += dy;
                }
            }
        },
    );
}

/// Calls `work(image index, offsets of the taps, channels)` for each position of `out`.
#[inline(always)]
fn each_position<E: Float>(
    cover: &Cover,
    channels: usize,
    out: &mut [E],
    work: impl Fn(usize, &[usize], &mut [E]) + Sync,
) {
    let (lines, length) = cover.lines(channels);
    let columns = Columns::of(cover, channels);
    parallel::rows(out, length, |first, part| {
        let (mut covered, mut places) = (Vec::new(), Vec::new());
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                for (r, line) in (first..).zip(part.chunks_exact_mut(length)) {
                    cover.covered_lines(channels, r % lines, &mut covered);
                    for (position, out) in line.chunks_exact_mut(channels).enumerate() {
                        columns.covered(position, &covered, &mut places);
                        work(r / lines, &places, out);
                    }
                }
            },
        );
    });
}

/// Calls `work(image index, offsets of the taps, channels of dy, image of dx)` for each position of `dy`,
/// to add to the image.
#[inline(always)]
fn each_position_onto<E: Float>(
    cover: &Cover,
    channels: usize,
    dy: &[E],
    dx: &mut [E],
    work: impl Fn(usize, &[usize], &[E], &mut [E]) + Sync,
) {
    let (image, (lines, length)) = (cover.image(channels), cover.lines(channels));
    if image == 0 {
        return;
    }
    let columns = Columns::of(cover, channels);
    parallel::chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        let (mut covered, mut places) = (Vec::new(), Vec::new());
        // Elements are zeroed shortly before the first addition to them, so that they are in L1 then.
        let mut zeros = 0;
        let mut zero_up_to = |end: usize, dx: &mut [E]| {
            dx[zeros.min(end)..end].fill(E::ZERO);
            zeros = zeros.max(end);
        };
        let dy = dy[b * lines * length..][..lines * length].chunks_exact(length.max(1));
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                for (index, dy) in dy.enumerate() {
                    cover.covered_lines(channels, index, &mut covered);
                    let last = covered.last().map_or(0, |last| last + cover.input()[2] * channels);
                    zero_up_to(last, dx);
                    for (position, dy) in dy.chunks_exact(channels).enumerate() {
                        columns.covered(position, &covered, &mut places);
                        work(b, &places, dy, dx);
                    }
                }
            },
        );
        zero_up_to(dx.len(), dx);
    });
}
