//! Pooling over images in NDHWC order. Two-dimensional images have a depth of 1, one-dimensional ones a
//! height of 1 too.
//!
//! Some channels at a time, side by side: what a position gives stays in registers over all that it covers.

mod cover;
mod maxima;
#[cfg(test)]
mod tests;

pub(crate) use cover::Cover;
use cover::{Columns, Covered};
pub(crate) use maxima::{pick, scatter};

use super::{Float, parallel, vectorize_small};

/// Channels that are worked on side by side.
const LANES: usize = 16;

/// `out[b, p, c]` = the maximum of the elements that `p` covers; padding counts as −∞.
pub(crate) fn max<E: Float>(cover: &Cover, channels: usize, x: &[E], out: &mut [E]) {
    fold(
        cover,
        channels,
        x,
        out,
        E::NEG_INFINITY,
        #[inline(always)]
        |max, x| if x > max || x.is_nan() { x } else { max },
    );
}

/// `out[b, p, c]` = the sum of the elements that `p` covers; padding counts as 0.
pub(crate) fn sum<E: Float>(cover: &Cover, channels: usize, x: &[E], out: &mut [E]) {
    fold(
        cover,
        channels,
        x,
        out,
        E::ZERO,
        #[inline(always)]
        |sum, x| sum + x,
    );
}

/// Folds the elements that each position covers, in order.
#[inline(always)]
fn fold<E: Float>(
    cover: &Cover,
    channels: usize,
    x: &[E],
    out: &mut [E],
    start: E,
    combine: impl Fn(E, E) -> E + Sync,
) {
    each_position(
        cover,
        channels,
        out,
        #[inline(always)]
        |b, covered, out| {
            let image = &x[b * cover.image(channels)..];
            let (chunks, rest) = out.as_chunks_mut::<LANES>();
            let behind = chunks.len() * LANES;
            for (i, out) in chunks.iter_mut().enumerate() {
                // A sum of its own, and no elements of `out`: it stays in registers.
                let mut folded = [start; LANES];
                covered.each(|place| {
                    let x = &image[place + i * LANES..][..LANES];
                    for (folded, &x) in folded.iter_mut().zip(x) {
                        *folded = combine(*folded, x);
                    }
                });
                *out = folded;
            }
            rest.fill(start);
            covered.each(|place| {
                for (out, &x) in rest.iter_mut().zip(&image[place + behind..]) {
                    *out = combine(*out, x);
                }
            });
        },
    );
}

/// The transpose of [`sum`]: each element of `dy` is added to every element that its position covers.
pub(crate) fn spread<E: Float>(cover: &Cover, channels: usize, dy: &[E], dx: &mut [E]) {
    each_position_onto(
        cover,
        channels,
        dy,
        dx,
        #[inline(always)]
        |_, covered, dy, dx| {
            covered.each(|place| {
                for (dx, &dy) in dx[place..].iter_mut().zip(dy) {
                    *dx += dy;
                }
            });
        },
    );
}

/// Calls `work(batch, covered, channels)` for each position of `out`.
#[inline(always)]
fn each_position<E: Float>(
    cover: &Cover,
    channels: usize,
    out: &mut [E],
    work: impl Fn(usize, Covered<'_>, &mut [E]) + Sync,
) {
    let (lines, length) = cover.lines(channels);
    let columns = Columns::of(cover, channels);
    parallel::rows(out, length, |first, part| {
        let mut covered = Vec::new();
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                for (r, line) in (first..).zip(part.chunks_exact_mut(length)) {
                    cover.covered_lines(channels, r % lines, &mut covered);
                    let positions = line.chunks_exact_mut(channels).zip(columns.on(&covered));
                    // A loop, since a closure that is given to an iterator may be compiled by itself, without
                    // the wider instructions.
                    for (out, covered) in positions {
                        work(r / lines, covered, out);
                    }
                }
            },
        );
    });
}

/// Calls `work(batch, covered, channels of dy, image of dx)` for each position of `dy`, to add to the image.
#[inline(always)]
fn each_position_onto<E: Float>(
    cover: &Cover,
    channels: usize,
    dy: &[E],
    dx: &mut [E],
    work: impl Fn(usize, Covered<'_>, &[E], &mut [E]) + Sync,
) {
    let (image, (lines, length)) = (cover.image(channels), cover.lines(channels));
    if image == 0 {
        return;
    }
    let columns = Columns::of(cover, channels);
    parallel::chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        let mut covered = Vec::new();
        // Elements are set to 0 shortly before the first is added to them: they are in the nearest cache.
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
                    for (dy, covered) in dy.chunks_exact(channels).zip(columns.on(&covered)) {
                        work(b, covered, dy, dx);
                    }
                }
            },
        );
        zero_up_to(dx.len(), dx);
    });
}
