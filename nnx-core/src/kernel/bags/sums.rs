//! Sums and means of bags.
//!
//! ```text
//! for each bag, on several threads:
//!     for each block of columns that fits in registers:
//!         sums = 0
//!         for each row of the bag: sums += table[row]      (the lines of later rows are prefetched)
//! ```
//!
//! Summation order: up to 64 rows in the order of their indices; a longer bag in runs of 64, which are added as a tree.

use std::ops::Range;

use super::super::bf16::{Bf16, Weight};
use super::super::level::Level;
use super::super::reduce::{BLOCK_ROWS, add_row};
use super::super::{Float, Kernel, Simd, parallel, scratch};
use super::{Bags, Table, divide};

/// The type of a table's elements.
pub(crate) trait TableElement: Copy + Send + Sync + 'static {
    /// The type in which they are added.
    type Sum: Float;

    fn widened(self) -> Self::Sum;

    /// The sums of the bags from `first` on, divided by their lengths if `mean`.
    fn sum(table: Table<'_, Self>, bags: Bags<'_>, first: usize, mean: bool, out: &mut [Self::Sum]);
}

/// `out[b, ·]` = the sum of the rows of bag b, or their mean; 0 for an empty bag.
pub(crate) fn sum_bags<T: TableElement>(
    table: Table<'_, T>,
    bags: Bags<'_>,
    mean: bool,
    out: &mut [T::Sum],
) {
    parallel::rows_that_read(out, table.width, bags.reads(), |first, out| {
        T::sum(table, bags, first, mean, out);
    });
}

impl TableElement for f32 {
    type Sum = Self;
    fn widened(self) -> Self {
        self
    }
    fn sum(table: Table<'_, Self>, bags: Bags<'_>, first: usize, mean: bool, out: &mut [Self]) {
        Level::active().run(SumBags { table, bags, first, mean, out });
    }
}

impl TableElement for Bf16 {
    type Sum = f32;
    fn widened(self) -> f32 {
        self.to_f32()
    }
    fn sum(table: Table<'_, Self>, bags: Bags<'_>, first: usize, mean: bool, out: &mut [f32]) {
        Level::active().run(SumBags { table, bags, first, mean, out });
    }
}

impl TableElement for f64 {
    type Sum = Self;
    fn widened(self) -> Self {
        self
    }
    fn sum(table: Table<'_, Self>, bags: Bags<'_>, first: usize, mean: bool, out: &mut [Self]) {
        for (i, out) in out.chunks_exact_mut(table.width).enumerate() {
            let rows = bags.of(first + i);
            sum_in_runs(rows, out, &mut |rows, out| {
                out.fill(0.0);
                rows.iter().for_each(|&row| add_row(out, table.row(row)));
            });
            divide(out, rows.len(), mean);
        }
    }
}

/// The sum of `rows`: runs of 64 by `sum`, and the runs as a tree.
fn sum_in_runs<E: Float>(rows: &[i32], out: &mut [E], sum: &mut dyn FnMut(&[i32], &mut [E])) {
    if rows.len() <= BLOCK_ROWS {
        return sum(rows, out);
    }
    let runs = rows.len().div_ceil(BLOCK_ROWS);
    let (left, right) = rows.split_at(runs.div_ceil(2) * BLOCK_ROWS);
    sum_in_runs(left, out, sum);
    let mut other = scratch::filled(out.len(), E::ZERO);
    sum_in_runs(right, &mut other, sum);
    add_row(out, &other);
}

/// [`TableElement::sum`] at an ISA level.
pub(super) struct SumBags<'a, T> {
    pub(super) table: Table<'a, T>,
    pub(super) bags: Bags<'a>,
    pub(super) first: usize,
    pub(super) mean: bool,
    pub(super) out: &'a mut [f32],
}

impl<T: Weight> Kernel for SumBags<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { table, bags, first, mean, out } = self;
        for (i, out) in out.chunks_exact_mut(table.width).enumerate() {
            let Range { start, end } = bags.range(first + i);
            let rows = &bags.indices[start..end];
            if rows.len() <= BLOCK_ROWS {
                sum_run(simd, table, rows, &bags.indices[start..], out);
            } else {
                sum_in_runs(rows, out, &mut |rows, out| {
                    simd.run(SumRun { table, rows, out });
                });
            }
            divide(out, rows.len(), mean);
        }
    }
}

/// The sum of one run of a long bag.
struct SumRun<'a, T> {
    table: Table<'a, T>,
    rows: &'a [i32],
    out: &'a mut [f32],
}

impl<T: Weight> Kernel for SumRun<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        sum_run(simd, self.table, self.rows, self.rows, self.out);
    }
}

/// The sum of the rows in order. `ahead` are the same rows and those that are read after them, in this bag or the next.
#[inline(always)]
fn sum_run<S: Simd, T: Weight>(
    simd: S,
    table: Table<'_, T>,
    rows: &[i32],
    ahead: &[i32],
    out: &mut [f32],
) {
    let lanes = S::LANES;
    let mut from = 0;
    while out.len() - from >= 4 * lanes {
        sum_block::<S, T, 4>(simd, table, rows, ahead, from, &mut out[from..][..4 * lanes]);
        from += 4 * lanes;
    }
    while out.len() - from >= lanes {
        sum_block::<S, T, 1>(simd, table, rows, ahead, from, &mut out[from..][..lanes]);
        from += lanes;
    }
    if from < out.len() {
        let out = &mut out[from..];
        let mut sums = simd.splat(0.0);
        for &row in rows {
            sums = simd.add(sums, T::read(simd, &table.row(row)[from..]));
        }
        simd.write(sums, out);
    }
}

/// The row whose lines are prefetched is this many rows ahead.
const AHEAD: usize = 12;

/// Prefetches the lines of the row that comes `AHEAD` rows after row `i`, from element `from` on.
#[inline(always)]
fn prefetch<S: Simd, T>(
    simd: S,
    table: Table<'_, T>,
    ahead: &[i32],
    i: usize,
    elements: Range<usize>,
) {
    if let Some(&row) = ahead.get(i + AHEAD) {
        // Any index does, as an address that isn't in the table is only prefetched.
        let row = usize::try_from(row).unwrap_or(0).wrapping_mul(table.width);
        let mut at = elements.start;
        while at < elements.end {
            simd.prefetch(table.elements.as_ptr().wrapping_add(row.wrapping_add(at)).cast());
            at += 64 / size_of::<T>();
        }
    }
}

/// `NV` vectors of the sum, from column `from` on.
#[inline(always)]
fn sum_block<S: Simd, T: Weight, const NV: usize>(
    simd: S,
    table: Table<'_, T>,
    rows: &[i32],
    ahead: &[i32],
    from: usize,
    out: &mut [f32],
) {
    let width = NV * S::LANES;
    let mut sums = [simd.splat(0.0); NV];
    for (i, &row) in rows.iter().enumerate() {
        prefetch(simd, table, ahead, i, from..from + width);
        let row = &table.row(row)[from..][..width];
        for (v, sum) in sums.iter_mut().enumerate() {
            // SAFETY: `row` has `NV` vectors of `LANES` elements, and v is less than `NV`.
            *sum = simd.add(*sum, unsafe { T::load(simd, row.as_ptr().add(v * S::LANES)) });
        }
    }
    for (out, sum) in out.chunks_exact_mut(S::LANES).zip(sums) {
        simd.write(sum, out);
    }
}
