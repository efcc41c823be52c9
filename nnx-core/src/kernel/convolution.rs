//! Convolution over images in NDHWC order, kernels in DHWIO order, on matrix products. Two-dimensional
//! images have a depth of 1, one-dimensional ones a height of 1 too.
//!
//! In pseudo-code, for each image `b`, position `p` of the window and output channel `o`:
//!
//! ```text
//! y[b, p, o] = Σ over (q, c) of  x[b, p s + q d - low, c] k[q, c, o]
//! ```
//!
//! where `p` and `q` are triples (depth, height, width), and `s`, `d`, `low` have a number for each axis.
//!
//! The three kernels here are the three directions of that trilinear form. Each gathers windows as the
//! rows of a matrix (positions × window elements) and leaves the rest to a matrix product. It does so
//! for a band of output rows (lines along the width) at a time, small enough that the matrix stays in the second-level cache:
//! memory doesn't grow with the image.

mod windows;

use std::ops::Range;

use self::windows::{gather, scatter};
use super::product::{Epilogue, Layout, Output};
use super::{Float, parallel};

/// What a window does on each axis of an image: depth, height, width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) input: [usize; 3],
    pub(crate) output: [usize; 3],
    pub(crate) window: [usize; 3],
    pub(crate) stride: [usize; 3],
    pub(crate) dilation: [usize; 3],
    /// Padding in front; what lies behind follows from `output`.
    pub(crate) low: [usize; 3],
}

/// Channels of a convolution, cut into `groups` that don't mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Channels {
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) groups: usize,
}

/// Elements of the matrix of windows: 256 KB in `f32`.
const MATRIX: usize = 64 * 1024;

/// The lengths that the loops run over.
struct Lengths {
    /// Elements of one image, of one output image, of one row of an output image.
    image: usize,
    output_image: usize,
    output_row: usize,
    /// Elements under the window in one group.
    window: usize,
    /// Output rows of a band; they divide an image's.
    rows: usize,
    /// Positions of the window in a band.
    positions: usize,
    /// Bands of an image.
    bands: usize,
    /// Channels of one group.
    group_in: usize,
    group_out: usize,
}

impl Lengths {
    fn of(g: &Geometry, c: &Channels) -> Self {
        let [depth, height, width] = g.output;
        let lines = depth * height;
        let window = g.window.iter().product::<usize>() * (c.input / c.groups);
        let fits = |rows: &usize| lines.is_multiple_of(*rows) && rows * width * window <= MATRIX;
        let rows = (1..=lines).rev().find(fits).unwrap_or(1);
        Self {
            image: g.input.iter().product::<usize>() * c.input,
            output_image: lines * width * c.output,
            output_row: width * c.output,
            window,
            rows,
            positions: rows * width,
            bands: lines / rows,
            group_in: c.input / c.groups,
            group_out: c.output / c.groups,
        }
    }

    /// Bands that one part of the work takes in turn: up to 4, where there are enough for all threads.
    fn bands_per_part(&self, images: usize) -> usize {
        (images * self.bands).div_ceil(16).clamp(1, 4)
    }

    /// The image of a band, counted over all images, and the band's output rows.
    fn band(&self, index: usize) -> (usize, Range<usize>) {
        let first = index % self.bands * self.rows;
        (index / self.bands, first..first + self.rows)
    }
}

/// A window of one element that steps over each: the image is its own matrix of windows.
fn is_pointwise(g: &Geometry, c: &Channels) -> bool {
    g.window == [1; 3]
        && g.stride == [1; 3]
        && g.low == [0; 3]
        && g.input == g.output
        && c.groups == 1
}

/// `y = x * k`.
pub(crate) fn forward<E: Float>(g: &Geometry, c: &Channels, x: &[E], k: &[E], y: &mut [E]) {
    if y.is_empty() {
        return;
    }
    let n = Lengths::of(g, c);
    if n.window == 0 {
        return y.fill(E::ZERO);
    }
    let band = n.rows * n.output_row;
    let bands = n.bands_per_part(y.len() / n.output_image);
    parallel::chunks(y, bands * band, true, &|part, y| {
        let mut windows = Vec::new();
        for (i, y) in y.chunks_exact_mut(band).enumerate() {
            let (b, rows) = n.band(part * bands + i);
            let image = &x[b * n.image..][..n.image];
            for group in 0..c.groups {
                let a = gather(g, c, &n, &rows, group, image, &mut windows);
                E::product(
                    [n.positions, n.window, n.group_out],
                    Layout { data: a, row: n.window, column: 1 },
                    Layout { data: &k[group * n.group_out..], row: c.output, column: 1 },
                    Output::new(
                        &mut y[group * n.group_out..],
                        [n.positions, n.group_out],
                        c.output,
                    ),
                    false,
                    &Epilogue::NONE,
                );
            }
        }
    });
}

/// `dx`: the convolution's transpose with respect to its input. Bands overlap in it, so that a part is
/// a whole image.
pub(crate) fn input_gradient<E: Float>(
    g: &Geometry,
    c: &Channels,
    dy: &[E],
    k: &[E],
    dx: &mut [E],
) {
    dx.fill(E::ZERO);
    if dx.is_empty() || dy.is_empty() {
        return;
    }
    let n = Lengths::of(g, c);
    let images = (dx.len() / n.image).div_ceil(16).min(4);
    parallel::chunks(dx, images * n.image, true, &|part, dx| {
        let mut windows = vec![E::ZERO; n.positions * n.window];
        for (i, dx) in dx.chunks_exact_mut(n.image).enumerate() {
            for band in 0..n.bands {
                let (b, rows) = n.band((part * images + i) * n.bands + band);
                let dy = &dy[b * n.output_image + rows.start * n.output_row..];
                for group in 0..c.groups {
                    E::product(
                        [n.positions, n.group_out, n.window],
                        Layout { data: &dy[group * n.group_out..], row: c.output, column: 1 },
                        Layout { data: &k[group * n.group_out..], row: 1, column: c.output },
                        Output::new(&mut windows, [n.positions, n.window], n.window),
                        false,
                        &Epilogue::NONE,
                    );
                    scatter(g, c, &n, &rows, group, &windows, dx);
                }
            }
        }
    });
}

/// `dk`: the convolution's transpose with respect to its kernel.
///
/// All bands of all images are cut into at most 16 parts by their number alone; each part is summed in
/// order, and the parts are added in order.
pub(crate) fn kernel_gradient<E: Float>(
    g: &Geometry,
    c: &Channels,
    x: &[E],
    dy: &[E],
    dk: &mut [E],
) {
    dk.fill(E::ZERO);
    if dk.is_empty() || dy.is_empty() || x.is_empty() {
        return;
    }
    let n = Lengths::of(g, c);
    let bands = x.len() / n.image * n.bands;
    let per_part = bands.div_ceil(16);
    let mut sums = vec![E::ZERO; bands.div_ceil(per_part) * dk.len()];
    parallel::chunks(&mut sums, dk.len(), true, &|part, sums| {
        let mut windows = Vec::new();
        for band in part * per_part..((part + 1) * per_part).min(bands) {
            let (b, rows) = n.band(band);
            let image = &x[b * n.image..][..n.image];
            let dy = &dy[b * n.output_image + rows.start * n.output_row..];
            for group in 0..c.groups {
                let a = gather(g, c, &n, &rows, group, image, &mut windows);
                E::product(
                    [n.window, n.positions, n.group_out],
                    Layout { data: a, row: 1, column: n.window },
                    Layout { data: &dy[group * n.group_out..], row: c.output, column: 1 },
                    Output::new(
                        &mut sums[group * n.group_out..],
                        [n.window, n.group_out],
                        c.output,
                    ),
                    true,
                    &Epilogue::NONE,
                );
            }
        }
    });
    for sums in sums.chunks_exact(dk.len()) {
        for (dk, &sum) in dk.iter_mut().zip(sums) {
            *dk += sum;
        }
    }
}
