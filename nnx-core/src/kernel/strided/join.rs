//! Views side by side: concatenation and padding.

use super::super::words::{Word, for_size, words, words_mut};
use super::super::{Zeroable, parallel};
use super::{View, row_starts};

/// A part of each row of an array: a view whose axes from the joined one on are contiguous.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a, T> {
    /// The view; its strides are those of the axes before.
    pub(crate) view: View<'a, T>,
    /// Where it begins in a row, and its elements there.
    pub(crate) start: usize,
    pub(crate) width: usize,
}

impl<'a, T: Zeroable> Part<'a, T> {
    fn of_words<W: Word>(&self) -> Part<'a, W> {
        let view = View { data: words(self.view.data), strides: self.view.strides };
        Part { view, start: self.start, width: self.width }
    }
}

/// Writes `parts` into rows of `width` elements, and `filler` where there is none; `outer` are the axes before.
pub(crate) fn join<T: Zeroable>(
    parts: &[Part<'_, T>],
    filler: T,
    outer: &[usize],
    width: usize,
    out: &mut [T],
) {
    for_size!(T, W => {
        let parts: Vec<Part<'_, W>> = parts.iter().map(Part::of_words).collect();
        // SAFETY: the words are those of the parts and the filler.
        let out = unsafe { words_mut::<T, W>(out) };
        join_words(&parts, words(&[filler])[0], outer, width, out);
    });
}

fn join_words<W: Word>(
    parts: &[Part<'_, W>],
    filler: W,
    outer: &[usize],
    width: usize,
    out: &mut [W],
) {
    if out.is_empty() {
        return;
    }
    let covered = parts.iter().map(|part| part.width).sum::<usize>() == width;
    parallel::rows(out, width, |first, rows| {
        if !covered {
            rows.fill(filler);
        }
        for part in parts.iter().filter(|part| part.width > 0) {
            let starts = row_starts(first, outer, part.view.strides);
            if part.width == 1 {
                for (row, start) in rows.chunks_exact_mut(width).zip(starts) {
                    row[part.start] = part.view.data[start];
                }
                continue;
            }
            for (row, start) in rows.chunks_exact_mut(width).zip(starts) {
                row[part.start..][..part.width]
                    .copy_from_slice(&part.view.data[start..][..part.width]);
            }
        }
    });
}
