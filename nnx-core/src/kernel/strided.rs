//! Copies from a strided view to contiguous memory, and transposition. `join` puts views side by side, `pad` adds margins,
//! `select` overwrites elements by a mask.

mod join;
mod pad;
mod select;
#[cfg(test)]
mod tests;

use std::iter::repeat_with;

use super::words::{Word, for_size, words, words_mut};
use super::{Zeroable, parallel, vectorize};
pub(crate) use join::{Joined, join};
pub(crate) use pad::{Margins, pad};
pub(crate) use select::select_into;

/// A strided view: the element at `index` is `data[Σ index[i] strides[i]]`. A stride of 0 broadcasts the
/// axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) strides: &'a [usize],
}

/// Copies a strided view to `out` in row-major order.
///
/// The element at `index` is `source[offset + Σ index[i] strides[i]]`. Adjacent axes that are contiguous are merged,
/// which makes rows as long as possible. Where the last axis isn't contiguous but the one before it is, blocks are
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

/// Drops axes of size 1 and merges adjacent axes that are contiguous. Returns the new rank, sizes and strides.
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

/// The block size of a transposition: `LINE` elements, a cache line, of each of `COLUMNS` rows of the source.
const LINE: usize = 16;
const COLUMNS: usize = 64;

/// Copies rows of `width` elements, `step` apart in `source`, by transposing blocks: the elements of successive rows
/// are adjacent in `source`. Each cache line of both sides is loaded once.
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
    // The blocks are small enough for their cache lines to stay in L1: one of the two sides is accessed across cache
    // lines.
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
