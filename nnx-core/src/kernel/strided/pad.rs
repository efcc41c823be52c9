//! Padding: a view with margins around it. Each element of the output is written once.

use std::iter::repeat_with;
use std::ops::Range;

use super::super::words::{Word, for_size, words, words_mut};
use super::super::{Zeroable, parallel};
use super::{View, unravel};

/// Where a view is in a larger array: its sizes, and the elements before and after it on each axis. The view is contiguous from
/// the last axis on that has any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Margins<'a> {
    pub(crate) dims: &'a [usize],
    pub(crate) before: &'a [usize],
    pub(crate) after: &'a [usize],
}

impl Margins<'_> {
    pub(super) fn padded(&self, axis: usize) -> usize {
        self.before[axis] + self.dims[axis] + self.after[axis]
    }

    /// The axes before the last one with a margin.
    pub(crate) fn outer(&self) -> usize {
        let has_margin = |axis: &usize| self.before[*axis] + self.after[*axis] > 0;
        (0..self.dims.len()).rev().find(has_margin).unwrap_or(0)
    }
}

/// `out` = the view `x`, with `filler` in its margins.
pub(crate) fn pad<T: Zeroable>(x: View<'_, T>, margins: Margins<'_>, filler: T, out: &mut [T]) {
    for_size!(T, W => {
        let x = View { data: words(x.data), strides: x.strides };
        // SAFETY: the words are those of `x` and the filler.
        let out = unsafe { words_mut::<T, W>(out) };
        pad_words(x, margins, words(&[filler])[0], out);
    });
}

fn pad_words<W: Word>(x: View<'_, W>, margins: Margins<'_>, filler: W, out: &mut [W]) {
    let dims = margins.dims;
    if out.is_empty() {
        return;
    }
    let outer = margins.outer();
    let inner: usize = dims.iter().skip(outer + 1).product();
    let of = |axis: usize| {
        (margins.before[axis] * inner, dims[axis] * inner, margins.padded(axis) * inner)
    };
    // Without axes there is one element, and no margin.
    let (before, part, width) = if dims.is_empty() { (0, 1, 1) } else { of(outer) };
    let copied = before..before + part;
    let rows = out.len() / width;
    // The whole output, if its first axis alone is padded: all threads share it.
    if rows < 2 * parallel::num_threads() && width > parallel::elements_per_task(width) {
        let starts = starts(&margins, x.strides, outer, 0);
        for (row, start) in out.chunks_exact_mut(width).zip(starts) {
            parallel::elements(row, |range, chunk| {
                write(x.data, start, &copied, range, filler, chunk);
            });
        }
        return;
    }
    parallel::rows(out, width, |first, rows| {
        let starts = starts(&margins, x.strides, outer, first);
        // One element: a copy of its own would call `memcpy`.
        if part == 1 {
            rows.fill(filler);
            for (row, start) in rows.chunks_exact_mut(width).zip(starts) {
                start.into_iter().for_each(|start| row[before] = x.data[start]);
            }
            return;
        }
        for (row, start) in rows.chunks_exact_mut(width).zip(starts) {
            write(x.data, start, &copied, 0..width, filler, row);
        }
    });
}

/// Writes the elements `range` of a row: those of `copied` are the elements of `x` from `start` on. A row without a start is in
/// a margin.
fn write<W: Word>(
    x: &[W],
    start: Option<usize>,
    copied: &Range<usize>,
    range: Range<usize>,
    filler: W,
    out: &mut [W],
) {
    let Some(start) = start else { return out.fill(filler) };
    let [from, to] = [copied.start, copied.end].map(|at| at.clamp(range.start, range.end));
    let (before, rest) = out.split_at_mut(from - range.start);
    let (part, after) = rest.split_at_mut(to - from);
    before.fill(filler);
    if !part.is_empty() {
        part.copy_from_slice(&x[start + from - copied.start..][..part.len()]);
    }
    after.fill(filler);
}

/// For each row of the output from `first` on, where its elements begin in the view; `None` in a margin of the `outer` axes.
fn starts<'a>(
    margins: &'a Margins<'_>,
    strides: &'a [usize],
    outer: usize,
    first: usize,
) -> impl Iterator<Item = Option<usize>> + 'a {
    let mut padded = [1; 8];
    (0..outer).for_each(|axis| padded[axis] = margins.padded(axis));
    let mut index = unravel(first, &padded[..outer]);
    repeat_with(move || {
        let within = |axis: usize| {
            let index = index[axis].checked_sub(margins.before[axis])?;
            (index < margins.dims[axis]).then_some(index * strides[axis])
        };
        let start = (0..outer).map(within).sum();
        for axis in (0..outer).rev() {
            index[axis] += 1;
            if index[axis] < padded[axis] {
                break;
            }
            index[axis] = 0;
        }
        start
    })
}
