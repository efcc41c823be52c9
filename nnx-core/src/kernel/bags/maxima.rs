//! Maxima of bags, and their gradients.

use super::super::index::{add_rows_at, to_index};
use super::super::{Float, parallel, scratch, vectorize_small};
use super::{Bags, Table, TableElement};

/// `out[b, ·]` = the maximum of the rows of bag b: NaN where one has a NaN, 0 for an empty bag.
pub(crate) fn max_bags<T: TableElement>(table: Table<'_, T>, bags: Bags<'_>, out: &mut [T::Sum]) {
    parallel::rows_that_read(out, table.width, bags.reads(), |first, out| {
        vectorize_small::<T::Sum, _>(
            #[inline(always)]
            || {
                for (i, out) in out.chunks_exact_mut(table.width).enumerate() {
                    max_of(table, bags.of(first + i), out);
                }
            },
        );
    });
}

#[inline(always)]
fn max_of<T: TableElement>(table: Table<'_, T>, rows: &[i32], out: &mut [T::Sum]) {
    let Some((&row, rows)) = rows.split_first() else {
        return out.fill(T::Sum::ZERO);
    };
    out.iter_mut().zip(table.row(row)).for_each(|(out, x)| *out = x.widened());
    for &row in rows {
        for (out, x) in out.iter_mut().zip(table.row(row)) {
            let x = x.widened();
            // If the maximum so far is NaN, the comparison is false.
            *out = if x > *out || x.is_nan() { x } else { *out };
        }
    }
}

/// Calls `each(i, row, shares)` for the rows of a bag, numbered from 0: `shares[c]` is 1 / n where n rows of the bag have the
/// maximum of column c, of which this is one, else 0; NaN if the maximum is. `buffers` has room for three rows.
fn shares_of_max<E: TableElement<Sum = E> + Float>(
    table: Table<'_, E>,
    rows: &[i32],
    buffers: &mut [E],
    mut each: impl FnMut(usize, usize, &[E]),
) {
    let (max, rest) = buffers.split_at_mut(table.width);
    let (share, counts) = rest.split_at_mut(table.width);
    counts.fill(E::ZERO);
    max_of(table, rows, max);
    for &row in rows {
        for ((count, &x), &max) in counts.iter_mut().zip(table.row(row)).zip(max.iter()) {
            *count += if x == max { E::ONE } else { E::ZERO };
        }
    }
    for (i, &row) in rows.iter().enumerate() {
        for (((share, &x), &max), &count) in
            share.iter_mut().zip(table.row(row)).zip(max.iter()).zip(counts.iter())
        {
            *share = if x == max { E::ONE } else { E::ZERO } / count;
        }
        each(i, to_index(row), share);
    }
}

/// The gradient of [`max_bags`]: rows that share a maximum share its gradient equally.
pub(crate) fn add_bags_at_max<E: TableElement<Sum = E> + Float>(
    gradient: &[E],
    table: Table<'_, E>,
    bags: Bags<'_>,
    out: &mut [E],
) {
    let width = table.width;
    if width == 0 {
        return;
    }
    let (rows, _) = bags.flat();
    let mut x = scratch::filled(rows.len() * width, E::ZERO);
    let mut buffers = scratch::filled(3 * width, E::ZERO);
    let mut first = 0;
    for (bag, gradient) in gradient.chunks_exact(width).enumerate() {
        let of_bag = bags.of(bag);
        shares_of_max(table, of_bag, &mut buffers, |i, _, shares| {
            let x = x[(first + i) * width..][..width].iter_mut();
            for ((x, &share), &gradient) in x.zip(shares).zip(gradient) {
                // A gradient of 0 stays 0 even where the maximum is NaN.
                *x = if gradient == E::ZERO { E::ZERO } else { share * gradient };
            }
        });
        first += of_bag.len();
    }
    add_rows_at(&x, None, &rows, width, out);
}

/// `out[b, ·]` = the mean of `x` over the rows of bag b that have the maximum of `table`: the gradient of
/// [`add_bags_at_max`] with respect to its gradient.
pub(crate) fn take_at_max<E: TableElement<Sum = E> + Float>(
    x: &[E],
    table: Table<'_, E>,
    bags: Bags<'_>,
    out: &mut [E],
) {
    let width = table.width;
    parallel::rows_that_read(out, width, 2 * bags.reads(), |first, out| {
        let mut buffers = scratch::filled(3 * width, E::ZERO);
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            out.fill(E::ZERO);
            shares_of_max(table, bags.of(first + i), &mut buffers, |_, row, shares| {
                for ((out, &x), &share) in out.iter_mut().zip(&x[row * width..]).zip(shares) {
                    *out += if x == E::ZERO { E::ZERO } else { x * share };
                }
            });
        }
    });
}
