//! Maxima of windows with where they are, in one pass, and what follows from the indices: the elements there, and sums there.
//!
//! An index counts the pixels of an image, -1 is none. As everywhere, the first maximum counts, and NaN is the largest.

use super::{CHANNEL_BLOCK, Coverage, MaxIndex, for_each_pair, is_narrow};
use crate::kernel::{Float, parallel, scratch};

/// `maxima[b, p, c]` = the maximum over the points of `p`, and `indices[b, p, c]` = its pixel: −∞ and -1 without points.
pub(crate) fn max_with_indices<E: Float>(
    coverage: &Coverage,
    channels: usize,
    x: &[E],
    maxima: &mut [E],
    indices: &mut [i32],
) {
    let image = coverage.image(channels);
    for_each_pair(
        coverage,
        channels,
        (maxima, indices),
        #[inline(always)]
        |b, pixels, maxima, indices| {
            let image = &x[b * image..][..image];
            match *pixels {
                [] => {
                    maxima.fill(E::NEG_INFINITY);
                    indices.fill(-1);
                }
                [a, b] if const { is_narrow::<E>() } => find_few(image, [a, b], maxima, indices),
                [a, b, c, d] if const { is_narrow::<E>() } => {
                    find_few(image, [a, b, c, d], maxima, indices);
                }
                [a, b, c, d, e, f, g, h, i] if const { is_narrow::<E>() } => {
                    find_few(image, [a, b, c, d, e, f, g, h, i], maxima, indices);
                }
                _ => find_many(image, pixels, maxima, indices),
            }
        },
    );
}

#[inline(always)]
fn find_few<E: Float, const POINTS: usize>(
    image: &[E],
    pixels: [usize; POINTS],
    maxima: &mut [E],
    indices: &mut [i32],
) {
    let points = pixels.map(|pixel| &image[pixel * maxima.len()..][..maxima.len()]);
    let places = pixels.map(index_of);
    let first = find_lanes::<E, POINTS, 32>(points, places, 0, maxima, indices);
    let first = find_lanes::<E, POINTS, 8>(points, places, first, maxima, indices);
    find_lanes::<E, POINTS, 1>(points, places, first, maxima, indices);
}

/// Finds the maxima of whole groups of channels from `first` on; returns the first channel that is left. The number of channels
/// of a group is known to the compiler, so their values stay in registers.
#[inline(always)]
fn find_lanes<E: Float, const POINTS: usize, const LANES: usize>(
    points: [&[E]; POINTS],
    places: [i32; POINTS],
    first: usize,
    maxima: &mut [E],
    indices: &mut [i32],
) -> usize {
    let groups = maxima[first..].as_chunks_mut::<LANES>().0;
    let end = first + groups.len() * LANES;
    let of_indices = indices[first..].as_chunks_mut::<LANES>().0;
    for (i, (maxima, indices)) in groups.iter_mut().zip(of_indices).enumerate() {
        let group = |point: usize| -> [E; LANES] {
            *points[point][first + i * LANES..].first_chunk().expect("as many channels as maxima")
        };
        let (mut max, mut at) = (group(0), [places[0]; LANES]);
        for (point, &place) in places.iter().enumerate().skip(1) {
            let x = group(point);
            for lane in 0..LANES {
                let (x, old) = (x[lane], max[lane]);
                let takes = (x > old) | (x.is_nan() & !old.is_nan());
                max[lane] = if takes { x } else { old };
                at[lane] = if takes { place } else { at[lane] };
            }
        }
        (*maxima, *indices) = (max, at);
    }
    end
}

/// The maxima over a window of any size, by blocks of channels.
#[inline(always)]
fn find_many<E: Float>(image: &[E], pixels: &[usize], maxima: &mut [E], indices: &mut [i32]) {
    let channels = maxima.len();
    let mut offsets = scratch::list();
    offsets.extend(pixels.iter().map(|pixel| pixel * channels));
    let blocks = maxima.chunks_mut(CHANNEL_BLOCK).zip(indices.chunks_mut(CHANNEL_BLOCK));
    for (i, (maxima, indices)) in blocks.enumerate() {
        let found = MaxIndex::find(image, &offsets, i * CHANNEL_BLOCK, maxima.len());
        maxima.copy_from_slice(&found.values[..maxima.len()]);
        for (index, &point) in indices.iter_mut().zip(&found.indices) {
            *index = index_of(pixels[point as usize]);
        }
    }
}

/// The caller has checked that the pixels of an image can be counted so.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "checked by the caller"
)]
#[inline(always)]
fn index_of(pixel: usize) -> i32 {
    pixel as i32
}

/// The pixel of an index, or one that no image has.
#[inline(always)]
fn pixel_of(index: i32) -> usize {
    index.cast_unsigned() as usize
}

/// `out[b, p, c] = x[b, indices[b, p, c], c]`, and 0 where an image has no such pixel. Images of `pixels` each.
pub(crate) fn take_at_indices<E: Float>(
    pixels: usize,
    channels: usize,
    x: &[E],
    indices: &[i32],
    out: &mut [E],
) {
    let images = (x.len() / (pixels * channels).max(1)).max(1);
    let positions = out.len() / (images * channels).max(1);
    parallel::rows(out, channels, |first, out| {
        let indices = indices[first * channels..].chunks_exact(channels);
        for (p, (out, indices)) in (first..).zip(out.chunks_exact_mut(channels).zip(indices)) {
            let image = p / positions * pixels;
            for (c, (out, &index)) in out.iter_mut().zip(indices).enumerate() {
                let pixel = pixel_of(index);
                *out = if pixel < pixels { x[(image + pixel) * channels + c] } else { E::ZERO };
            }
        }
    });
}

/// `dx[b, indices[b, p, c], c]` = the sum of such `dy[b, p, c]`, in the order of p: the transpose of [`take_at_indices`].
pub(crate) fn add_at_indices<E: Float>(
    pixels: usize,
    channels: usize,
    indices: &[i32],
    dy: &[E],
    dx: &mut [E],
) {
    let image = pixels * channels;
    let each = dy.len() / (dx.len() / image.max(1)).max(1);
    parallel::for_chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        dx.fill(E::ZERO);
        let (dy, indices) = (&dy[b * each..][..each], &indices[b * each..][..each]);
        for (dy, indices) in dy.chunks_exact(channels).zip(indices.chunks_exact(channels)) {
            for (c, (&dy, &index)) in dy.iter().zip(indices).enumerate() {
                let pixel = pixel_of(index);
                if pixel < pixels {
                    dx[pixel * channels + c] += dy;
                }
            }
        }
    });
}
