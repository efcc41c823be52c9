//! Loops over the output positions of a pooling, on several threads.

use super::coverage::{Coverage, PointColumns};
use crate::kernel::scratch;
use crate::kernel::{Float, parallel, vectorize_small};

/// Calls `work(image index, offsets of the points, channels)` for each position of `out`.
#[inline(always)]
pub(super) fn for_each_position<E: Float>(
    coverage: &Coverage,
    channels: usize,
    out: &mut [E],
    work: impl Fn(usize, &[usize], &mut [E]) + Sync,
) {
    let (rows, length) = coverage.rows(channels);
    let columns = PointColumns::new(coverage, channels);
    let reads = coverage.image(channels) / (rows * length).max(1);
    parallel::rows_that_read(out, length, reads, |first, lines| {
        let (mut image_lines, mut offsets) = (scratch::list(), scratch::list());
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                for (r, line) in (first..).zip(lines.chunks_exact_mut(length)) {
                    coverage.point_rows(channels, r % rows, &mut image_lines);
                    for (position, out) in line.chunks_exact_mut(channels).enumerate() {
                        columns.points(position, &image_lines, &mut offsets);
                        work(r / rows, &offsets, out);
                    }
                }
            },
        );
    });
}

/// Calls `work(image index, pixels of the points, channels of a, channels of b)` for each position of both outputs.
#[inline(always)]
pub(super) fn for_each_pair<E: Float>(
    coverage: &Coverage,
    channels: usize,
    (a, b): (&mut [E], &mut [i32]),
    work: impl Fn(usize, &[usize], &mut [E], &mut [i32]) + Sync,
) {
    let (rows, length) = coverage.rows(channels);
    // The points of images of one channel.
    let columns = PointColumns::new(coverage, 1);
    let reads = coverage.image(channels) / (rows * length).max(1) + 2;
    let task = parallel::elements_per_task(a.len() * reads) / (length * reads).max(1);
    let task = task.max(1) * length;
    parallel::for_pairs((a, task), (b, task), true, &|i, a, b| {
        let (mut lines, mut pixels) = (scratch::list(), scratch::list());
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                let both = a.chunks_exact_mut(length).zip(b.chunks_exact_mut(length));
                for (r, (a, b)) in (i * task / length..).zip(both) {
                    coverage.point_rows(1, r % rows, &mut lines);
                    let both = a.chunks_exact_mut(channels).zip(b.chunks_exact_mut(channels));
                    for (position, (a, b)) in both.enumerate() {
                        columns.points(position, &lines, &mut pixels);
                        work(r / rows, &pixels, a, b);
                    }
                }
            },
        );
    });
}

/// Calls `work(image index, offsets of the points, channels of dy, image of dx)` for each position of `dy`,
/// to add to the image.
#[inline(always)]
pub(super) fn for_each_position_into<E: Float>(
    coverage: &Coverage,
    channels: usize,
    dy: &[E],
    dx: &mut [E],
    work: impl Fn(usize, &[usize], &[E], &mut [E]) + Sync,
) {
    let (image, (rows, length)) = (coverage.image(channels), coverage.rows(channels));
    if image == 0 {
        return;
    }
    let columns = PointColumns::new(coverage, channels);
    parallel::for_chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        let (mut image_lines, mut offsets) = (scratch::list(), scratch::list());
        // Elements are zeroed shortly before the first addition to them, so that they are in L1 then.
        let mut zeros = 0;
        let mut zero_up_to = |end: usize, dx: &mut [E]| {
            dx[zeros.min(end)..end].fill(E::ZERO);
            zeros = zeros.max(end);
        };
        let dy = dy[b * rows * length..][..rows * length].chunks_exact(length.max(1));
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                for (index, dy) in dy.enumerate() {
                    coverage.point_rows(channels, index, &mut image_lines);
                    let last =
                        image_lines.last().map_or(0, |last| last + coverage.input()[2] * channels);
                    zero_up_to(last, dx);
                    for (position, dy) in dy.chunks_exact(channels).enumerate() {
                        columns.points(position, &image_lines, &mut offsets);
                        work(b, &offsets, dy, dx);
                    }
                }
            },
        );
        zero_up_to(dx.len(), dx);
    });
}
