//! Overwrites the elements of an array at which a mask is true, or false.

use super::super::words::{Word, for_size, words, words_mut};
use super::super::{Zeroable, parallel};
use super::{View, row_starts};

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
