//! Concatenation: copies views side by side into one array.

use super::super::scratch::List;
use super::super::words::{Word, for_size, words, words_mut};
use super::super::{Zeroable, parallel};
use super::{View, row_starts};

/// One operand of a concatenation: a view whose axes from the joined one on are contiguous.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joined<'a, T> {
    /// The view of the axes before the joined one.
    pub(crate) view: View<'a, T>,
    /// Its offset in a row of the output, and its number of elements there.
    pub(crate) start: usize,
    pub(crate) width: usize,
}

impl<'a, T: Zeroable> Joined<'a, T> {
    fn of_words<W: Word>(&self) -> Joined<'a, W> {
        let view = View { data: words(self.view.data), strides: self.view.strides };
        Joined { view, start: self.start, width: self.width }
    }
}

/// Writes `parts`, which follow one another, into rows of `width` elements. `outer` are the axes before the joined one.
pub(crate) fn join<T: Zeroable>(
    parts: &[Joined<'_, T>],
    outer: &[usize],
    width: usize,
    out: &mut [T],
) {
    for_size!(T, W => {
        let parts: List<Joined<'_, W>> = parts.iter().map(Joined::of_words).collect();
        // SAFETY: the words are those of the parts.
        let out = unsafe { words_mut::<T, W>(out) };
        join_words(&parts, outer, width, out);
    });
}

fn join_words<W: Word>(parts: &[Joined<'_, W>], outer: &[usize], width: usize, out: &mut [W]) {
    if out.is_empty() {
        return;
    }
    assert_eq!(parts.iter().map(|part| part.width).sum::<usize>(), width, "join: parts of a row");
    let rows = out.len() / width;
    if rows < 2 * parallel::num_threads() && width > parallel::elements_per_task(width) {
        for (index, row) in out.chunks_exact_mut(width).enumerate() {
            join_long_row(parts, outer, index, row);
        }
        return;
    }
    parallel::rows(out, width, |first, rows| {
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

/// One of few long rows, such as the whole output of a concatenation along the first axis: all threads share it.
fn join_long_row<W: Word>(parts: &[Joined<'_, W>], outer: &[usize], index: usize, row: &mut [W]) {
    parallel::elements(row, |range, chunk| {
        for part in parts {
            let from = part.start.max(range.start);
            let to = (part.start + part.width).min(range.end);
            if let Some(length @ 1..) = to.checked_sub(from) {
                let start = row_starts(index, outer, part.view.strides).next().expect("the row");
                chunk[from - range.start..][..length]
                    .copy_from_slice(&part.view.data[start + from - part.start..][..length]);
            }
        }
    });
}
