//! Pooling over images in NHWC order.

use super::Float;
use super::convolution::Geometry;
use super::{parallel, vectorize};

/// The part of an axis that position `out` of the window covers: the first and last element, and by how
/// much to step.
fn covered(g: &Geometry, axis: usize, out: usize) -> impl Iterator<Item = usize> + Clone {
    let (size, low) = (g.input[axis], g.low[axis]);
    let start = out * g.stride[axis];
    let step = g.dilation[axis];
    (0..g.window[axis])
        .filter_map(move |k| (start + k * step).checked_sub(low).filter(|&i| i < size))
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
                        *out = if x > *out || x.is_nan() { x } else { *out };
                    }
                }
            }
        }
    });
}

/// The position of a window that sees padding alone.
const NOWHERE: u32 = u32::MAX;

/// Where the first maxima of one row of windows stand.
struct Maxima<E> {
    values: Vec<E>,
    /// Positions within the image. They have the width of an `f32`, so that both are compared and
    /// chosen in the same vector lanes.
    positions: Vec<u32>,
}

impl<E: Float> Maxima<E> {
    fn new(g: &Geometry, channels: usize) -> Self {
        let row = g.output[1] * channels;
        assert!(
            u32::try_from(g.input[0] * g.input[1] * channels).is_ok_and(|last| last < NOWHERE),
            "max pooling takes images of less than 2^32 elements"
        );
        Self { values: vec![E::NEG_INFINITY; row], positions: vec![NOWHERE; row] }
    }

    /// Looks for the maxima of row `i` of the windows.
    fn find(&mut self, g: &Geometry, channels: usize, image: &[E], i: usize) {
        self.values.fill(E::NEG_INFINITY);
        self.positions.fill(NOWHERE);
        let windows =
            self.values.chunks_exact_mut(channels).zip(self.positions.chunks_exact_mut(channels));
        vectorize(|| {
            for (j, (values, positions)) in windows.enumerate() {
                for y in covered(g, 0, i) {
                    for w in covered(g, 1, j) {
                        let start = (y * g.input[1] + w) * channels;
                        let (x, mut new) = (&image[start..][..channels], start as u32);
                        for ((&x, value), position) in
                            x.iter().zip(&mut *values).zip(&mut *positions)
                        {
                            let larger = x > *value || (x.is_nan() && !value.is_nan());
                            let better = larger || *position == NOWHERE;
                            *value = if better { x } else { *value };
                            *position = if better { new } else { *position };
                            new += 1;
                        }
                    }
                }
            }
        });
    }
}

/// `out[b, i, j, c] = y[..]` at the position where `x` has the first maximum of the window.
pub(crate) fn pick<E: Float>(g: &Geometry, channels: usize, x: &[E], y: &[E], out: &mut [E]) {
    let image = g.input[0] * g.input[1] * channels;
    each_row(g, channels, out, |b, i, row| {
        let mut maxima = Maxima::new(g, channels);
        maxima.find(g, channels, &x[b * image..][..image], i);
        for (out, &position) in row.iter_mut().zip(&maxima.positions) {
            *out = if position == NOWHERE { E::ZERO } else { y[b * image + position as usize] };
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
        let mut maxima = Maxima::new(g, channels);
        for i in 0..g.output[0] {
            maxima.find(g, channels, &x[b * image..][..image], i);
            for (&position, &dy) in maxima.positions.iter().zip(&dy[(b * g.output[0] + i) * rows..])
            {
                if position != NOWHERE {
                    dx[position as usize] += dy;
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
        vectorize(|| {
            for (r, row) in rows.chunks_exact_mut(width).enumerate() {
                work((first + r) / g.output[0], (first + r) % g.output[0], row);
            }
        });
    });
}
