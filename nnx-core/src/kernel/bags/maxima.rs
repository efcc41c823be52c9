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

/// The maximum of each column of a bag, and how many of its rows have it: 0 if it is NaN.
#[inline(always)]
fn max_and_ties<E: TableElement<Sum = E> + Float>(
    table: Table<'_, E>,
    rows: &[i32],
    max: &mut [E],
    ties: &mut [E],
) {
    ties.fill(E::ZERO);
    max_of(table, rows, max);
    for &row in rows {
        for ((ties, &x), &max) in ties.iter_mut().zip(table.row(row)).zip(max.iter()) {
            *ties += if x == max { E::ONE } else { E::ZERO };
        }
    }
}

/// What of `x` an element of a row gets, of which `ties` rows have the maximum: x / ties if it is the maximum itself, NaN if
/// the maximum is. An x of 0 stays 0 even then.
#[inline(always)]
fn share<E: Float>(element: E, max: E, ties: E, x: E) -> E {
    let share = if element == max { E::ONE } else { E::ZERO } / ties;
    if x == E::ZERO { E::ZERO } else { x * share }
}

/// The gradient of [`max_bags`]: rows that share a maximum share its gradient equally.
///
/// ```text
/// for each bag, on several threads:          max, ties = those of its columns
/// for each row of a bag, on several threads: x = share(row, max, ties, gradient)
/// table[rows] += x
/// ```
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
    let (rows, numbers) = bags.flat();
    let mut maxima = scratch::filled(2 * gradient.len(), E::ZERO);
    parallel::rows_that_read(&mut maxima, 2 * width, bags.reads(), |first, maxima| {
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                for (i, maxima) in maxima.chunks_exact_mut(2 * width).enumerate() {
                    let (max, ties) = maxima.split_at_mut(width);
                    max_and_ties(table, bags.of(first + i), max, ties);
                }
            },
        );
    });
    let mut x = scratch::filled(rows.len() * width, E::ZERO);
    parallel::rows_that_read(&mut x, width, 4, |first, x| {
        vectorize_small::<E, _>(
            #[inline(always)]
            || {
                let places = rows[first..].iter().zip(&numbers[first..]);
                for (x, (&row, &bag)) in x.chunks_exact_mut(width).zip(places) {
                    let bag = to_index(bag) * width;
                    let (max, ties) = maxima[2 * bag..][..2 * width].split_at(width);
                    let of_max = max.iter().zip(ties).zip(&gradient[bag..]);
                    for ((x, &element), ((&max, &ties), &gradient)) in
                        x.iter_mut().zip(table.row(row)).zip(of_max)
                    {
                        *x = share(element, max, ties, gradient);
                    }
                }
            },
        );
    });
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
        let mut maxima = scratch::filled(2 * width, E::ZERO);
        let (max, ties) = maxima.split_at_mut(width);
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            out.fill(E::ZERO);
            let rows = bags.of(first + i);
            max_and_ties(table, rows, max, ties);
            for &row in rows {
                let of_max = max.iter().zip(ties.iter()).zip(&x[to_index(row) * width..]);
                for ((out, &element), ((&max, &ties), &x)) in
                    out.iter_mut().zip(table.row(row)).zip(of_max)
                {
                    *out += share(element, max, ties, x);
                }
            }
        }
    });
}
