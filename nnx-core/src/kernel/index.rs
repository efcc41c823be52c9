//! Rows chosen by index. Indices are checked by the caller.

use super::{Float, parallel};

/// `out[i, ·] = table[rows[i], ·]`.
pub(crate) fn take_rows<T: Copy + Send + Sync>(
    table: &[T],
    rows: &[i32],
    width: usize,
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    parallel::rows(out, width, |first, out| {
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            out.copy_from_slice(&table[position(rows[first + i]) * width..][..width]);
        }
    });
}

/// `table[r, ·]` = the sum of `x[i, ·]` where `rows[i]` is r, in the order of i.
pub(crate) fn add_rows<E: Float>(x: &[E], rows: &[i32], width: usize, table: &mut [E]) {
    table.fill(E::ZERO);
    for (x, &row) in x.chunks_exact(width.max(1)).zip(rows) {
        for (sum, &x) in table[position(row) * width..][..width].iter_mut().zip(x) {
            *sum += x;
        }
    }
}

/// `out[r] = x[r, columns[r]]`.
pub(crate) fn pick<T: Copy>(x: &[T], width: usize, columns: &[i32], out: &mut [T]) {
    for ((out, row), &column) in out.iter_mut().zip(x.chunks_exact(width.max(1))).zip(columns) {
        *out = row[position(column)];
    }
}

/// `out[r, columns[r]] = x[r]`; the rest of `out` is 0.
pub(crate) fn put<T: Copy + Default>(x: &[T], width: usize, columns: &[i32], out: &mut [T]) {
    out.fill(T::default());
    for ((&x, row), &column) in x.iter().zip(out.chunks_exact_mut(width.max(1))).zip(columns) {
        row[position(column)] = x;
    }
}

/// An index as the place in a slice.
#[inline(always)]
pub(super) fn position(index: i32) -> usize {
    usize::try_from(index).expect("indices are checked to be at least 0")
}
