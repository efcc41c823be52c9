//! Pooling over images in NHWC order.

use super::Float;
use super::convolution::Geometry;
use super::parallel;

/// The part of an axis that position `out` of the window covers: the first and last element, and by how
/// much to step.
fn covered(g: &Geometry, axis: usize, out: usize) -> impl Iterator<Item = usize> + Clone {
    let (size, low) = (g.input[axis], g.low[axis]);
    let start = out * g.stride[axis];
    let step = g.dilation[axis];
    (0..g.window[axis]).filter_map(move |k| (start + k * step).checked_sub(low).filter(|&i| i < size))
}

/// `out[b, i, j, c]` = the maximum of the window; padding counts as −∞.
pub(crate) fn max<E: Float>(g: &Geometry, channels: usize, x: &[E], out: &mut [E]) {
    each_row(g, channels, out, |b, i, row| {
        row.fill(E::NEG_INFINITY);
        for y in covered(g, 0, i) {
            let line = &x[(b * g.input[0] + y) * g.input[1] * channels..];
            for (j, out) in row.chunks_exact_mut(channels).enumerate() {
                for w in covered(g, 1, j) {
                    for (out, &x) in out.iter_mut().zip(&line[w * channels..][..channels]) {
                        if x > *out || x.is_nan() {
                            *out = x;
                        }
                    }
                }
            }
        }
    });
}

/// The position of a window that sees padding alone.
const NOWHERE: usize = usize::MAX;

/// For one row of windows, the position in `x` (within its image) of the first maximum of each window.
fn positions<E: Float>(g: &Geometry, channels: usize, image: &[E], i: usize, best: &mut [usize]) {
    best.fill(NOWHERE);
    for (j, best) in best.chunks_exact_mut(channels).enumerate() {
        for y in covered(g, 0, i) {
            for w in covered(g, 1, j) {
                let start = (y * g.input[1] + w) * channels;
                for (c, best) in best.iter_mut().enumerate() {
                    let (new, old) = (start + c, *best);
                    if old == NOWHERE || image[new] > image[old] || (image[new].is_nan() && !image[old].is_nan()) {
                        *best = new;
                    }
                }
            }
        }
    }
}

/// `out[b, i, j, c] = y[..]` at the position where `x` has the first maximum of the window.
pub(crate) fn pick<E: Float>(g: &Geometry, channels: usize, x: &[E], y: &[E], out: &mut [E]) {
    let image = g.input[0] * g.input[1] * channels;
    each_row(g, channels, out, |b, i, row| {
        let mut best = vec![0; row.len()];
        positions(g, channels, &x[b * image..][..image], i, &mut best);
        for (out, best) in row.iter_mut().zip(best) {
            *out = if best == NOWHERE { E::ZERO } else { y[b * image + best] };
        }
    });
}

/// The transpose of [`pick`]: each element of `dy` is added to the position of the first maximum.
pub(crate) fn scatter<E: Float>(g: &Geometry, channels: usize, x: &[E], dy: &[E], dx: &mut [E]) {
    let (image, rows) = (g.input[0] * g.input[1] * channels, g.output[1] * channels);
    if image == 0 {
        return;
    }
    parallel::chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        dx.fill(E::ZERO);
        let mut best = vec![0; rows];
        for i in 0..g.output[0] {
            positions(g, channels, &x[b * image..][..image], i, &mut best);
            for (&best, &dy) in best.iter().zip(&dy[(b * g.output[0] + i) * rows..]) {
                if best != NOWHERE {
                    dx[best] += dy;
                }
            }
        }
    });
}

/// `out[b, i, j, c]` = the sum of the window; padding counts as 0.
pub(crate) fn sum<E: Float>(g: &Geometry, channels: usize, x: &[E], out: &mut [E]) {
    each_row(g, channels, out, |b, i, row| {
        row.fill(E::ZERO);
        for y in covered(g, 0, i) {
            let line = &x[(b * g.input[0] + y) * g.input[1] * channels..];
            for (j, out) in row.chunks_exact_mut(channels).enumerate() {
                for w in covered(g, 1, j) {
                    for (out, &x) in out.iter_mut().zip(&line[w * channels..][..channels]) {
                        *out += x;
                    }
                }
            }
        }
    });
}

/// The transpose of [`sum`]: each element of `dy` is added to every element of its window.
pub(crate) fn spread<E: Float>(g: &Geometry, channels: usize, dy: &[E], dx: &mut [E]) {
    let (image, rows) = (g.input[0] * g.input[1] * channels, g.output[1] * channels);
    if image == 0 {
        return;
    }
    parallel::chunks(dx, image, dy.len() > 16 * 1024, &|b, dx| {
        dx.fill(E::ZERO);
        for i in 0..g.output[0] {
            let dy = &dy[(b * g.output[0] + i) * rows..][..rows];
            for y in covered(g, 0, i) {
                for (j, dy) in dy.chunks_exact(channels).enumerate() {
                    for w in covered(g, 1, j) {
                        let start = (y * g.input[1] + w) * channels;
                        for (dx, &dy) in dx[start..][..channels].iter_mut().zip(dy) {
                            *dx += dy;
                        }
                    }
                }
            }
        }
    });
}

/// Calls `work(batch, row, output row)` for each row of windows.
fn each_row<E: Float>(
    g: &Geometry,
    channels: usize,
    out: &mut [E],
    work: impl Fn(usize, usize, &mut [E]) + Sync + Send,
) {
    let width = g.output[1] * channels;
    if out.is_empty() {
        return;
    }
    parallel::rows(out, width, |first, rows| {
        for (r, row) in rows.chunks_exact_mut(width).enumerate() {
            work((first + r) / g.output[0], (first + r) % g.output[0], row);
        }
    });
}
