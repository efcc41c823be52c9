//! Copies from a strided view to contiguous memory, transposition, and selection by a mask.

use std::iter::repeat_with;

use super::parallel;

/// A strided view: the element at `index` is `data[Σ index[i] strides[i]]`. A stride of 0 broadcasts the
/// axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) strides: &'a [usize],
}

/// Copies a strided view to `out` in row-major order.
///
/// The element at `index` is `source[offset + Σ index[i] strides[i]]`.
pub(crate) fn gather<T: Copy + Send + Sync>(
    source: &[T],
    offset: usize,
    dims: &[usize],
    strides: &[usize],
    out: &mut [T],
) {
    assert_eq!(out.len(), dims.iter().product::<usize>(), "gather: lengths differ");
    if out.is_empty() {
        return;
    }
    let Some((&width, outer)) = dims.split_last() else {
        out[0] = source[offset];
        return;
    };
    let (step, outer_strides) = (strides[outer.len()], &strides[..outer.len()]);
    parallel::rows(out, width, |first, rows| {
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
pub(crate) fn select_into<T: Copy + Send + Sync>(
    out: &mut [T],
    dims: &[usize],
    mask: View<'_, bool>,
    at: bool,
    other: View<'_, T>,
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
        ] {
            let mut out = vec![u32::MAX; dims.iter().product()];
            gather(&source, offset, &dims, &strides, &mut out);
            assert_eq!(out, reference(&source, offset, &dims, &strides), "{dims:?} by {strides:?}");
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
