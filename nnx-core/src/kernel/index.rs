//! Gathers and scatters of rows and elements by index. The caller checks the indices.

use std::ops::Range;

use super::reduce::{BLOCK_ROWS, add_row};
use super::scratch::{self, List};
use super::words::{Word, for_size, words, words_mut};
use super::{Float, Zeroable, parallel, vectorize, vectorize_small};

/// `out[i, ·] = table[rows[i], ·]`.
pub(crate) fn take_rows<T: Zeroable>(table: &[T], rows: &[i32], width: usize, out: &mut [T]) {
    for_size!(T, W => {
        // SAFETY: the words are those of the table.
        let out = unsafe { words_mut::<T, W>(out) };
        take_rows_of_words(words(table), rows, width, out);
    });
}

fn take_rows_of_words<W: Word>(table: &[W], rows: &[i32], width: usize, out: &mut [W]) {
    if out.is_empty() {
        return;
    }
    parallel::rows(out, width, |first, out| {
        // A plain loop: `memcpy` would be called for each element.
        if width == 1 {
            for (out, &row) in out.iter_mut().zip(&rows[first..]) {
                *out = table[to_index(row)];
            }
            return;
        }
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            out.copy_from_slice(&table[to_index(rows[first + i]) * width..][..width]);
        }
    });
}

/// `table[r, ·]` = the sum of `x[i, ·]` where `rows[i]` is r.
///
/// A row of the table with up to 64 summands adds them in the order of i. A row with more is summed in f64
/// and pairwise (runs of 64 in order, then the runs as a tree), so that its error doesn't grow with their
/// number. The summation order depends on the indices alone.
///
/// Each of several threads has a part of the table, and adds the rows that belong there.
pub(crate) fn scatter_add_rows<E: Float>(x: &[E], rows: &[i32], width: usize, table: &mut [E]) {
    add_rows_at(x, None, rows, width, table);
}

/// [`scatter_add_rows`], where the row of `x` that is added at `rows[i]` isn't i but `sources[i]`.
pub(super) fn add_rows_at<E: Float>(
    x: &[E],
    sources: Option<&[i32]>,
    rows: &[i32],
    width: usize,
    table: &mut [E],
) {
    /// Elements from which on threads share the work.
    const SHARED: usize = 64 * 1024;
    /// The width of rows from which on they do.
    const SHARED_WIDTH: usize = 8;
    if width == 0 {
        return;
    }
    let height = table.len() / width;
    let frequent = FrequentRows::new(rows, height);
    let source = |i: usize| sources.map_or(i, |sources| to_index(sources[i])) * width;
    // Each part looks at all indices: that takes less time than adding wide rows, but not narrow ones. There are more
    // parts than threads, as some rows occur more often.
    let threads = parallel::num_threads();
    let few = table.len() + rows.len() * width < SHARED;
    let alone = threads == 1 || width < SHARED_WIDTH || few;
    let parts = if alone { 1 } else { (2 * threads).min(height).max(1) };
    let share = height.div_ceil(parts);
    parallel::for_chunks(table, share * width, parts > 1, &|part, table| {
        table.fill(E::ZERO);
        let (first, height) = (part * share, table.len() / width);
        for (i, &row) in rows.iter().enumerate() {
            let row = to_index(row);
            let own = row.wrapping_sub(first);
            if own < height && frequent.list(row).is_none() {
                add_row(&mut table[own * width..][..width], &x[source(i)..][..width]);
            }
        }
        for (row, positions) in &frequent.lists {
            let positions = &frequent.positions[positions.clone()];
            let own = row.wrapping_sub(first);
            if own >= height {
                continue;
            }
            let mut sums = scratch::filled(width, 0.0f64);
            vectorize_small::<E, _>(|| sum_rows_at(x, width, &source, positions, &mut sums));
            for (out, &sum) in table[own * width..].iter_mut().zip(&sums) {
                *out = E::from_f64(sum);
            }
        }
    });
}

/// The rows of the table that occur more than 64 times.
struct FrequentRows {
    /// For each row of the table, the number of its occurrences, if that is at most 64, else `FIRST + i`, where
    /// `lists[i]` is the list of the row. Empty if no row is frequent.
    counts: List<usize>,
    /// Each frequent row, and where the positions of its occurrences are among those of all frequent rows.
    lists: List<(usize, Range<usize>)>,
    positions: List<usize>,
}

/// Larger than any count: entries of `counts` from here on are frequent rows.
const FIRST: usize = BLOCK_ROWS + 1;

impl FrequentRows {
    fn new(rows: &[i32], table: usize) -> Self {
        let table = if rows.len() > BLOCK_ROWS { table } else { 0 };
        let (mut counts, mut lists) = (scratch::filled(table, 0), scratch::list());
        if table == 0 {
            return Self { counts, lists, positions: scratch::list() };
        }
        for &row in rows {
            let row = to_index(row);
            let count: &mut usize = &mut counts[row];
            if *count < BLOCK_ROWS {
                *count += 1;
            } else if *count == BLOCK_ROWS {
                *count = FIRST + lists.len();
                let so_far = BLOCK_ROWS + 1;
                lists.push((row, 0..so_far));
            } else {
                lists[*count - FIRST].1.end += 1;
            }
        }
        if lists.is_empty() {
            counts.clear();
        }
        // The ranges count occurrences up to here, and begin empty: each then grows to its length.
        let mut all = 0;
        for (_, positions) in &mut lists {
            let length = positions.end;
            *positions = all..all;
            all += length;
        }
        let mut found = Self { counts, lists, positions: scratch::filled(all, 0) };
        if all == 0 {
            return found;
        }
        for (i, &row) in rows.iter().enumerate() {
            if let Some(list) = found.list(to_index(row)) {
                let end = &mut found.lists[list].1.end;
                found.positions[*end] = i;
                *end += 1;
            }
        }
        found
    }

    /// The number of the row's list, if the row is frequent.
    #[inline(always)]
    fn list(&self, row: usize) -> Option<usize> {
        self.counts.get(row).and_then(|count| count.checked_sub(FIRST))
    }
}

/// The sum of the rows of `x` at `source(i)` over `positions`: runs of 64 in order, and the runs as a tree.
fn sum_rows_at<E: Float>(
    x: &[E],
    width: usize,
    source: &impl Fn(usize) -> usize,
    positions: &[usize],
    out: &mut [f64],
) {
    if positions.len() <= BLOCK_ROWS {
        out.fill(0.0);
        for &position in positions {
            for (sum, x) in out.iter_mut().zip(&x[source(position)..][..width]) {
                *sum += x.to_f64();
            }
        }
        return;
    }
    let runs = positions.len().div_ceil(BLOCK_ROWS);
    let (left, right) = positions.split_at(runs.div_ceil(2) * BLOCK_ROWS);
    sum_rows_at(x, width, source, left, out);
    let mut other = scratch::filled(width, 0.0f64);
    sum_rows_at(x, width, source, right, &mut other);
    add_row(out, &other);
}

/// `out[r] = x[r, columns[r]]`.
pub(crate) fn gather_along<T: Copy>(x: &[T], width: usize, columns: &[i32], out: &mut [T]) {
    for ((out, row), &column) in out.iter_mut().zip(x.chunks_exact(width.max(1))).zip(columns) {
        *out = row[to_index(column)];
    }
}

/// `out[r, columns[r]] = x[r]`; the rest of `out` is 0.
pub(crate) fn scatter_along<T: Copy + Default>(
    x: &[T],
    width: usize,
    columns: &[i32],
    out: &mut [T],
) {
    out.fill(T::default());
    for ((&x, row), &column) in x.iter().zip(out.chunks_exact_mut(width.max(1))).zip(columns) {
        row[to_index(column)] = x;
    }
}

/// The position of the first element for which `f` is true. Blocks are tested without a branch for each element, so that
/// the loop is vectorized.
pub(crate) fn first_position<T: Copy>(x: &[T], f: impl Fn(T) -> bool) -> Option<usize> {
    const BLOCK: usize = 1024;
    let any = |block: &[T]| {
        vectorize(
            #[inline(always)]
            || block.iter().fold(false, |any, &x| any | f(x)),
        )
    };
    let (block, found) = x.chunks(BLOCK).enumerate().find(|(_, block)| any(block))?;
    found.iter().position(|&x| f(x)).map(|i| block * BLOCK + i)
}

/// An index as a `usize`; the caller has checked that it isn't negative.
#[inline(always)]
pub(super) fn to_index(index: i32) -> usize {
    usize::try_from(index).expect("indices are checked to be at least 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation, in f64.
    fn reference(x: &[f32], rows: &[i32], width: usize, table: usize) -> Vec<f64> {
        let mut sums = vec![0.0; table * width];
        for (x, &row) in x.chunks_exact(width).zip(rows) {
            for (sum, &x) in sums[to_index(row) * width..].iter_mut().zip(x) {
                *sum += f64::from(x);
            }
        }
        sums
    }

    #[test]
    fn the_first_position_is_found_in_any_block() {
        for length in [0, 1, 1023, 1024, 1025, 5000] {
            assert_eq!(first_position(&vec![0i32; length], |x| x != 0), None, "none of {length}");
            for first in [0, 1, 1023, 1024, 4999].into_iter().filter(|&first| first < length) {
                let mut x = vec![0i64; length];
                x[first] = -1;
                x[length - 1] = 1;
                assert_eq!(first_position(&x, |x| x != 0), Some(first), "{first} of {length}");
            }
        }
    }

    #[test]
    fn a_million_equal_indices_add_up() {
        let mut table = [f32::NAN; 3];
        scatter_add_rows(&vec![0.1; 1_000_000], &vec![2; 1_000_000], 1, &mut table);
        assert_eq!(table, [0.0, 0.0, (f64::from(0.1f32) * 1e6) as f32]);
    }

    #[test]
    fn frequent_and_rare_rows_are_sums_within_rounding() {
        for (n, width, table) in [(0, 3, 2), (64, 2, 1), (65, 2, 1), (5000, 1, 7), (9000, 3, 400)] {
            // Some rows occur once, some thousands of times.
            let rows: Vec<i32> = (0..n)
                .map(|i| ((i * i % 83) * (i % 7) % table) as i32 * i32::from(i % 3 > 0))
                .collect();
            let x: Vec<f32> = (0..n * width).map(|i| (i * 37 % 101) as f32 * 0.1).collect();
            let mut found = vec![f32::NAN; table * width];
            scatter_add_rows(&x, &rows, width, &mut found);
            for (&found, exact) in found.iter().zip(reference(&x, &rows, width, table)) {
                let near = (f64::from(found) - exact).abs() <= 4e-6 * exact.abs();
                assert!(near, "{n} rows of {width}: {found} instead of {exact}");
            }
        }
    }

    #[test]
    fn a_row_that_occurs_up_to_64_times_is_added_in_order() {
        let x: Vec<f32> = (0..128).map(|i| 1.0 / (i + 1) as f32).collect();
        let rows: Vec<i32> = (0..128).map(|i| i % 2).collect();
        let mut found = [f32::NAN; 2];
        scatter_add_rows(&x, &rows, 1, &mut found);
        let in_order = |row: usize| x.iter().skip(row).step_by(2).fold(0.0, |sum: f32, x| sum + x);
        assert_eq!(found, [in_order(0), in_order(1)]);
    }
}
