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
        return &image[rows.start * g.output[1] * c.input..];
    }
    windows.resize(n.rows * g.output[1] * n.window, E::ZERO);
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
    let (step, block) = (g.dilation[1] * c.input, n.group_in);
    let mut row = 0;
    for i in rows.clone() {
        for j in 0..g.output[1] {
            // Elements of the window in front of the image, within it, and behind it.
            let start = j * g.stride[1];
            let front = g.low[1].saturating_sub(start).div_ceil(g.dilation[1]).min(g.window[1]);
            let end = (g.input[1] + g.low[1]).saturating_sub(start).div_ceil(g.dilation[1]);
            let end = end.clamp(front, g.window[1]);
            for u in 0..g.window[0] {
                let y = (i * g.stride[0] + u * g.dilation[0]).checked_sub(g.low[0]);
                let Some(y) = y.filter(|&y| y < g.input[0]) else {
                    work(row, Run { image: None, length: g.window[1] * block, step });
                    row += g.window[1] * block;
                    continue;
                };
                if front > 0 {
                    work(row, Run { image: None, length: front * block, step });
                }
                if end > front {
                    let x = start + front * g.dilation[1] - g.low[1];
                    let image = Some((y * g.input[1] + x) * c.input);
                    work(row + front * block, Run { image, length: (end - front) * block, step });
                }
                if g.window[1] > end {
                    let length = (g.window[1] - end) * block;
                    work(row + end * block, Run { image: None, length, step });
                }
                row += g.window[1] * block;
            }
        }
    }
}
