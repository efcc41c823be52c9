//! The windows of a band of output rows as a matrix, and back.

use std::ops::Range;

use super::{Channels, Geometry, Lengths, is_pointwise};
use crate::kernel::Float;

/// The windows of a band of output rows, one a row: `windows` filled, or the image itself.
pub(super) fn gather<'a, E: Float>(
    g: &Geometry,
    c: &Channels,
    n: &Lengths,
    rows: &Range<usize>,
    group: usize,
    image: &'a [E],
    windows: &'a mut Vec<E>,
) -> &'a [E] {
    if is_pointwise(g, c) {
        return &image[rows.start * g.output[2] * c.input..];
    }
    windows.resize(n.rows * g.output[2] * n.window, E::ZERO);
    each_run(g, c, n, rows, |row, run| {
        let row = &mut windows[row..][..run.length];
        match run.image {
            Some(start) => {
                copy_run(&image[start + group * n.group_in..], run.step, n.group_in, row);
            }
            None => row.fill(E::ZERO),
        }
    });
    windows
}

/// Copies elements that stand `step` apart in blocks of `block`.
#[inline]
fn copy_run<E: Copy>(from: &[E], step: usize, block: usize, to: &mut [E]) {
    if step == block {
        to.copy_from_slice(&from[..to.len()]);
    } else {
        for (i, to) in to.chunks_exact_mut(block).enumerate() {
            to.copy_from_slice(&from[i * step..][..block]);
        }
    }
}

/// Adds the rows of `windows` back to where they came from in the image.
pub(super) fn scatter<E: Float>(
    g: &Geometry,
    c: &Channels,
    n: &Lengths,
    rows: &Range<usize>,
    group: usize,
    windows: &[E],
    image: &mut [E],
) {
    each_run(g, c, n, rows, |row, run| {
        let Some(start) = run.image else { return };
        let (from, block) = (&windows[row..][..run.length], n.group_in);
        let image = &mut image[start + group * n.group_in..];
        if run.step == block {
            for (image, &from) in image.iter_mut().zip(from) {
                *image += from;
            }
        } else {
            for (i, from) in from.chunks_exact(block).enumerate() {
                for (image, &from) in image[i * run.step..].iter_mut().zip(from) {
                    *image += from;
                }
            }
        }
    });
}

/// Consecutive elements of a window's row: where they stand in the image (`None`: in the padding).
struct Run {
    image: Option<usize>,
    length: usize,
    step: usize,
}

/// Cuts each window of a band into runs along the width, and calls `work(position in the matrix, run)`.
#[inline]
fn each_run(
    g: &Geometry,
    c: &Channels,
    n: &Lengths,
    rows: &Range<usize>,
    mut work: impl FnMut(usize, Run),
) {
    let window = g.window[2];
    let (step, block) = (g.dilation[2] * c.input, n.group_in);
    let spans: Vec<Span> = (0..g.output[2]).map(|x| Span::of(g, x)).collect();
    let mut starts = Vec::with_capacity(g.window[0] * g.window[1]);
    let mut row = 0;
    for line in rows.clone() {
        starts.clear();
        each_line(g, line, |start| starts.push(start.map(|start| start * c.input)));
        for &Span { front, end, first } in &spans {
            for &start in &starts {
                let Some(start) = start else {
                    work(row, Run { image: None, length: window * block, step });
                    row += window * block;
                    continue;
                };
                if front > 0 {
                    work(row, Run { image: None, length: front * block, step });
                }
                if end > front {
                    let (image, length) = (Some(start + first * c.input), (end - front) * block);
                    work(row + front * block, Run { image, length, step });
                }
                if window > end {
                    let length = (window - end) * block;
                    work(row + end * block, Run { image: None, length, step });
                }
                row += window * block;
            }
        }
    }
}

/// Which elements of a window stand within the width of the image: `front..end`. The others are padding.
#[derive(Clone, Copy)]
struct Span {
    front: usize,
    end: usize,
    /// Where the first of them stands in a line.
    first: usize,
}

impl Span {
    /// That of position `x`.
    fn of(g: &Geometry, x: usize) -> Self {
        let start = x * g.stride[2];
        let front = g.low[2].saturating_sub(start).div_ceil(g.dilation[2]).min(g.window[2]);
        let end = (g.input[2] + g.low[2]).saturating_sub(start).div_ceil(g.dilation[2]);
        let first = (start + front * g.dilation[2]).saturating_sub(g.low[2]);
        Self { front, end: end.clamp(front, g.window[2]), first }
    }
}

/// Calls `work` with the start of each line of the image, counted in pixels, that the windows of an
/// output line see (`None`: in the padding).
fn each_line(g: &Geometry, line: usize, mut work: impl FnMut(Option<usize>)) {
    let inside = |axis: usize, position: usize, k: usize| {
        let at = (position * g.stride[axis] + k * g.dilation[axis]).checked_sub(g.low[axis]);
        at.filter(|&at| at < g.input[axis])
    };
    for t in 0..g.window[0] {
        let z = inside(0, line / g.output[1], t);
        for u in 0..g.window[1] {
            let y = inside(1, line % g.output[1], u);
            work(z.zip(y).map(|(z, y)| (z * g.input[1] + y) * g.input[2]));
        }
    }
}
