//! Copies from a strided view to contiguous memory, transposition, and selection by a mask.

use std::iter::repeat_with;

use super::words::{Word, for_size, words, words_mut};
use super::{Zeroable, parallel, vectorize};

/// A strided view: the element at `index` is `data[Σ index[i] strides[i]]`. A stride of 0 broadcasts the
/// axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) strides: &'a [usize],
}

/// Copies a strided view to `out` in row-major order.
///
/// The element at `index` is `source[offset + Σ index[i] strides[i]]`. Axes that follow one another in memory are one,
/// which makes rows as long as they can be. Where the last axis isn't contiguous but the one before it is, blocks are
/// transposed.
pub(crate) fn gather<T: Zeroable>(
    source: &[T],
    offset: usize,
    dims: &[usize],
    strides: &[usize],
    out: &mut [T],
) {
    for_size!(T, W => {
        // SAFETY: the words are those of the source.
        let out = unsafe { words_mut::<T, W>(out) };
        gather_words(words(source), offset, dims, strides, out);
    });
}

fn gather_words<W: Word>(
    source: &[W],
    offset: usize,
    dims: &[usize],
    strides: &[usize],
    out: &mut [W],
) {
    assert_eq!(out.len(), dims.iter().product::<usize>(), "gather: lengths differ");
    if out.is_empty() {
        return;
    }
    let (rank, dims, strides) = merged(dims, strides);
    let Some((&width, outer)) = dims[..rank].split_last() else {
        out[0] = source[offset];
        return;
    };
    let (step, outer_strides) = (strides[outer.len()], &strides[..outer.len()]);
    parallel::rows(out, width, |first, rows| {
        if step > 1 && outer_strides.last() == Some(&1) {
            return transpose_rows(
                &source[offset..],
                first,
                outer,
                outer_strides,
                step,
                rows,
                width,
            );
        }
        let starts = row_starts(first, outer, outer_strides).map(|start| offset + start);
        for (row, start) in rows.chunks_exact_mut(width).zip(starts) {
            match step {
                1 => row.copy_from_slice(&source[start..start + width]),
                0 => row.fill(source[start]),
                _ => {
                    for (out, &x) in row.iter_mut().zip(source[start..].iter().step_by(step)) {
                        *out = x;
                    }
                }
            }
        }
    });
}

/// Sizes and strides without axes of size 1, and with those joined that follow one another in memory; how many are left.
fn merged(dims: &[usize], strides: &[usize]) -> (usize, [usize; 8], [usize; 8]) {
    let (mut rank, mut new_dims, mut new_strides) = (0, [1; 8], [0; 8]);
    for (&size, &stride) in dims.iter().zip(strides).filter(|(size, _)| **size != 1) {
        if rank > 0 && new_strides[rank - 1] == size * stride {
            new_dims[rank - 1] *= size;
        } else {
            new_dims[rank] = size;
            rank += 1;
        }
        new_strides[rank - 1] = stride;
    }
    (rank, new_dims, new_strides)
}

/// Rows and columns of a block that is transposed: a cache line of each row of the source, and a buffer in L1.
const LINE: usize = 16;
const COLUMNS: usize = 64;

/// Copies rows of `width` elements, which are `step` apart in `source`, where the rows of one index of the axis before are
/// the next elements. Each cache line of both sides is met once.
fn transpose_rows<T: Copy>(
    source: &[T],
    mut first: usize,
    outer: &[usize],
    strides: &[usize],
    step: usize,
    mut rows: &mut [T],
    width: usize,
) {
    let last = outer[outer.len() - 1];
    let mut block = [[source[0]; LINE]; COLUMNS];
    while !rows.is_empty() {
        let count = LINE.min(last - first % last).min(rows.len() / width);
        let start = offset_of(&unravel(first, outer)[..outer.len()], strides);
        let (here, rest) = rows.split_at_mut(count * width);
        for column in (0..width).step_by(COLUMNS) {
            let columns = COLUMNS.min(width - column);
            for (j, line) in block[..columns].iter_mut().enumerate() {
                line[..count].copy_from_slice(&source[start + (column + j) * step..][..count]);
            }
            for (i, row) in here.chunks_exact_mut(width).enumerate() {
                for (out, line) in row[column..][..columns].iter_mut().zip(&block) {
                    *out = line[i];
                }
            }
        }
        first += count;
        rows = rest;
    }
}

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

/// Copies rows of `width` elements, each in reverse order.
pub(crate) fn reverse_rows<T: Copy + Send + Sync>(x: &[T], width: usize, out: &mut [T]) {
    assert_eq!(x.len(), out.len(), "reverse_rows: lengths differ");
    if out.is_empty() {
        return;
    }
    parallel::rows(out, width, |first, rows| {
        vectorize(|| {
            let from = x[first * width..].chunks_exact(width);
            for (row, x) in rows.chunks_exact_mut(width).zip(from) {
                for (out, &x) in row.iter_mut().zip(x.iter().rev()) {
                    *out = x;
                }
            }
        });
    });
}

/// Transposes a row-major matrix with `columns` columns.
pub(crate) fn transpose<T: Copy>(matrix: &[T], columns: usize, out: &mut [T]) {
    assert_eq!(out.len(), matrix.len(), "transpose: lengths differ");
    // Blocks whose cache lines stay in L1: one of the two sides is accessed across its lines.
    const BLOCK: usize = 16;
    let rows = matrix.len() / columns.max(1);
    for first in (0..rows).step_by(BLOCK) {
        for column in (0..columns).step_by(BLOCK) {
            for j in column..columns.min(column + BLOCK) {
                let out = &mut out[j * rows..][first..rows.min(first + BLOCK)];
                for (i, out) in (first..).zip(out) {
                    *out = matrix[i * columns + j];
                }
            }
        }
    }
}

/// `out[index] = other[index]` where the mask equals `at`; `out` is in row-major order.
pub(crate) fn select_into<T: Zeroable>(
    out: &mut [T],
    dims: &[usize],
    mask: View<'_, bool>,
    at: bool,
    other: View<'_, T>,
) {
    for_size!(T, W => {
        let other = View { data: words(other.data), strides: other.strides };
        // SAFETY: the words are those of `out` and `other`.
        let out = unsafe { words_mut::<T, W>(out) };
        select_words(out, dims, mask, at, other);
    });
}

fn select_words<W: Word>(
    out: &mut [W],
    dims: &[usize],
    mask: View<'_, bool>,
    at: bool,
    other: View<'_, W>,
) {
    assert_eq!(out.len(), dims.iter().product::<usize>(), "select_into: lengths differ");
    if out.is_empty() {
        return;
    }
    let (&width, outer) = dims.split_last().unwrap_or((&1, &[]));
    let step = |strides: &[usize]| strides.last().copied().unwrap_or(0);
    let (mask_step, other_step) = (step(mask.strides), step(other.strides));
    parallel::rows(out, width, |first, rows| {
        let starts = row_starts(first, outer, mask.strides)
            .zip(row_starts(first, outer, other.strides))
            .map(|(m, o)| (&mask.data[m..], &other.data[o..]));
        for (row, (mask, other)) in rows.chunks_exact_mut(width).zip(starts) {
            match (mask_step, other_step) {
                (0, _) if mask[0] != at => {}
                (1, 0) => {
                    let other = other[0];
                    for (out, &mask) in row.iter_mut().zip(mask) {
                        *out = if mask == at { other } else { *out };
                    }
                }
                (1, 1) => {
                    for ((out, &mask), &other) in row.iter_mut().zip(mask).zip(other) {
                        *out = if mask == at { other } else { *out };
                    }
                }
                _ => {
                    for (i, out) in row.iter_mut().enumerate() {
                        if mask[i * mask_step] == at {
                            *out = other[i * other_step];
                        }
                    }
                }
            }
        }
    });
}

/// The offsets of the rows of a view, from row `first` on; `dims` are the axes before the last one.
fn row_starts<'a>(
    first: usize,
    dims: &'a [usize],
    strides: &'a [usize],
) -> impl Iterator<Item = usize> + 'a {
    let mut index = unravel(first, dims);
    let mut start = offset_of(&index[..dims.len()], strides);
    repeat_with(move || {
        let here = start;
        start = next_offset(&mut index[..dims.len()], dims, strides, start);
        here
    })
}

/// The index of element `flat` in row-major order.
fn unravel(mut flat: usize, dims: &[usize]) -> [usize; 8] {
    let mut index = [0; 8];
    for (i, &size) in dims.iter().enumerate().rev() {
        index[i] = flat % size;
        flat /= size;
    }
    index
}

fn offset_of(index: &[usize], strides: &[usize]) -> usize {
    index.iter().zip(strides).map(|(i, s)| i * s).sum()
}

/// Advances `index` by one element in row-major order, and returns its offset; `at` is the old one.
fn next_offset(index: &mut [usize], dims: &[usize], strides: &[usize], mut at: usize) -> usize {
    for i in (0..index.len()).rev() {
        index[i] += 1;
        at += strides[i];
        if index[i] < dims[i] {
            return at;
        }
        at -= dims[i] * strides[i];
        index[i] = 0;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        for (rows, columns) in [(0, 3), (1, 1), (5, 1), (3, 40), (16, 16), (33, 17), (20, 67)] {
            let matrix: Vec<usize> = (0..rows * columns).collect();
            let mut out = vec![usize::MAX; matrix.len()];
            transpose(&matrix, columns, &mut out);
            let expected: Vec<usize> =
                (0..columns).flat_map(|j| (0..rows).map(move |i| i * columns + j)).collect();
            assert_eq!(out, expected, "{rows} x {columns}");
        }
    }

    /// The reference: one index at a time.
    fn reference(source: &[u32], offset: usize, dims: &[usize], strides: &[usize]) -> Vec<u32> {
        (0..dims.iter().product())
            .map(|flat| source[offset + offset_of(&unravel(flat, dims)[..dims.len()], strides)])
            .collect()
    }

    #[test]
    fn gathers_as_the_reference() {
        let source: Vec<u32> = (0..100_000).collect();
        for (offset, dims, strides) in [
            (3, vec![], vec![]),
            (0, vec![7], vec![13]),
            (5, vec![4, 3, 2], vec![1, 4, 12]),
            (0, vec![3, 0, 2], vec![1, 1, 1]),
            (0, vec![5, 4], vec![0, 1]),
            (0, vec![5, 4], vec![1, 0]),
            (0, vec![300, 300], vec![1, 300]),
            (7, vec![70, 130], vec![1, 71]),
            (1, vec![2, 3, 300, 5], vec![9000, 1, 15, 3]),
            (2, vec![6, 1, 4, 5], vec![20, 3, 5, 1]),
            (2, vec![5, 7, 1], vec![100, 1, 9]),
            (0, vec![4, 2, 3, 2, 2, 2, 2, 2], vec![1, 4, 8, 24, 48, 96, 192, 384]),
        ] {
            let mut out = vec![u32::MAX; dims.iter().product()];
            gather(&source, offset, &dims, &strides, &mut out);
            assert_eq!(out, reference(&source, offset, &dims, &strides), "{dims:?} by {strides:?}");
        }
    }

    #[test]
    fn parts_are_joined_and_the_rest_is_filled() {
        let source: Vec<u32> = (0..5000).collect();
        for (outer, filled) in [(vec![], false), (vec![3, 4], true), (vec![200], false)] {
            let view = |strides| View { data: &source[..], strides };
            let (row_strides, other) = (vec![7; outer.len()], vec![0; outer.len()]);
            let width = 9 + usize::from(filled);
            let parts = [
                Part { view: view(&row_strides), start: 0, width: 5 },
                Part { view: view(&other), start: 5, width: 3 },
                Part { view: view(&other), start: 8, width: 1 },
                Part { view: view(&other), start: 9, width: 0 },
            ];
            let rows: usize = outer.iter().product();
            let mut out = vec![u32::MAX; rows * width];
            join(&parts, 77, &outer, width, &mut out);
            for (r, row) in out.chunks_exact(width).enumerate() {
                let start = offset_of(&unravel(r, &outer)[..outer.len()], &row_strides) as u32;
                let expected: Vec<u32> =
                    (start..start + 5).chain(0..3).chain([0]).chain(filled.then_some(77)).collect();
                assert_eq!(row, expected, "row {r} of {outer:?}");
            }
        }
    }

    #[test]
    fn rows_are_reversed() {
        for (rows, width) in [(0, 3), (3, 0), (1, 1), (5, 7), (40, 2000)] {
            let x: Vec<usize> = (0..rows * width).collect();
            let mut out = vec![usize::MAX; x.len()];
            reverse_rows(&x, width, &mut out);
            for (x, out) in x.chunks_exact(width.max(1)).zip(out.chunks_exact(width.max(1))) {
                assert!(x.iter().rev().eq(out), "{rows} x {width}");
            }
        }
    }

    #[test]
    fn selects_as_the_reference() {
        let other: Vec<u32> = (0..100_000).collect();
        let mask: Vec<bool> = other.iter().map(|i| i % 3 == 0).collect();
        for (dims, mask_strides, other_strides) in [
            (vec![], vec![], vec![]),
            (vec![7], vec![1], vec![0]),
            (vec![7], vec![0], vec![1]),
            (vec![3, 4, 5], vec![0, 5, 1], vec![0, 0, 0]),
            (vec![3, 4, 5], vec![4, 1, 0], vec![20, 5, 1]),
            (vec![3, 4, 5], vec![20, 5, 1], vec![20, 5, 1]),
            (vec![3, 4, 5], vec![1, 3, 12], vec![2, 0, 7]),
            (vec![3, 0, 5], vec![0, 5, 1], vec![0, 0, 0]),
            (vec![300, 300], vec![300, 1], vec![0, 0]),
        ] {
            for at in [false, true] {
                let before: Vec<u32> = (0..dims.iter().product()).map(|_| u32::MAX).collect();
                let mut out = before.clone();
                let view = View { data: &mask[..], strides: &mask_strides };
                let values = View { data: &other[..], strides: &other_strides };
                select_into(&mut out, &dims, view, at, values);
                let offset_at = |i: usize, strides: &[usize]| {
                    offset_of(&unravel(i, &dims)[..dims.len()], strides)
                };
                for (i, &out) in out.iter().enumerate() {
                    let written = mask[offset_at(i, &mask_strides)] == at;
                    let value =
                        if written { other[offset_at(i, &other_strides)] } else { before[i] };
                    assert_eq!(out, value, "{dims:?} by {mask_strides:?} and {other_strides:?}");
                }
            }
        }
    }
}
