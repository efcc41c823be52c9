//! Softmax, log-softmax and logsumexp along the middle axis of a block `(outer, length, inner)`. As in
//! [`softmax`](super::softmax), the maximum is subtracted first, and a column of −∞ has probability 0 everywhere.
//!
//! Columns are adjacent in memory, so a tile of them is a row of SIMD vectors: maxima, exponentials and their sums are
//! computed for all columns of the tile, one row after the other. Sums are added in runs of 64 rows.

use super::fold::Block;
use super::scratch::{self, List};
use super::tiles::for_tiles;
use super::{Float, parallel, vectorize_wide};

/// Rows whose exponentials are summed in order before they are added to the total.
const RUN: usize = 64;
/// Columns of a tile of logsumexp.
const COLUMNS: usize = 128;

/// Iterates over the rows of a tile of `x`.
#[derive(Clone, Copy)]
struct Rows<'a, E> {
    x: &'a [E],
    inner: usize,
    width: usize,
    length: usize,
}

impl<'a, E: Float> Rows<'a, E> {
    fn new(x: &'a [E], block: Block, (at, column): (usize, usize), width: usize) -> Self {
        let Block { length, inner, .. } = block;
        Self { x: &x[at * length * inner + column..], inner, width, length }
    }

    #[inline(always)]
    fn row(self, l: usize) -> &'a [E] {
        &self.x[l * self.inner..][..self.width]
    }

    /// The shift of each column: its maximum, or 0 if that is −∞. NaN is ignored here: its exponential is NaN.
    #[inline(always)]
    fn shifts(self) -> List<E> {
        let mut shifts = scratch::filled(self.width, E::NEG_INFINITY);
        for l in 0..self.length {
            for (shift, &x) in shifts.iter_mut().zip(self.row(l)) {
                *shift = if x > *shift { x } else { *shift };
            }
        }
        for shift in &mut shifts {
            *shift = if *shift == E::NEG_INFINITY { E::ZERO } else { *shift };
        }
        shifts
    }

    /// `Σ e^(x - shift)` of each column. Each exponential is also written to the row that `write(l)` returns.
    #[inline(always)]
    fn totals(self, shifts: &[E], terms: &mut impl FnMut(usize, &[E])) -> List<E> {
        let mut totals = scratch::filled(self.width, E::ZERO);
        let mut part = totals.clone();
        let mut row = totals.clone();
        for first in (0..self.length).step_by(RUN) {
            part.fill(E::ZERO);
            for l in first..self.length.min(first + RUN) {
                let inputs = self.row(l).iter().zip(shifts);
                for ((term, part), (&x, &shift)) in row.iter_mut().zip(&mut part).zip(inputs) {
                    *term = (x - shift).exp_to_0();
                    *part += *term;
                }
                terms(l, &row);
            }
            for (total, &part) in totals.iter_mut().zip(&part) {
                *total += part;
            }
        }
        totals
    }
}

/// `out[o, l, i] = exp(x[o, l, i] - max) / Σ exp(x[o, ·, i] - max)`; its logarithm if `log`.
pub(crate) fn softmax_columns<E: Float>(x: &[E], block: Block, log: bool, out: &mut [E]) {
    for_tiles(out, block, &|at, column, rows| {
        let x = Rows::new(x, block, (at, column), rows[0].len());
        vectorize_wide::<E, _>(
            #[inline(always)]
            || {
                let shifts = x.shifts();
                let mut totals = x.totals(&shifts, &mut |l: usize, terms: &[E]| {
                    if !log {
                        rows[l].copy_from_slice(terms);
                    }
                });
                if log {
                    for total in &mut totals {
                        *total = total.ln();
                    }
                    for (l, out) in rows.iter_mut().enumerate() {
                        let logs = shifts.iter().zip(&totals);
                        for ((out, &x), (&shift, &log)) in out.iter_mut().zip(x.row(l)).zip(logs) {
                            let none = if log.is_nan() { log } else { E::NEG_INFINITY };
                            *out = if x == E::NEG_INFINITY { none } else { (x - shift) - log };
                        }
                    }
                } else {
                    for total in &mut totals {
                        *total = if *total == E::ZERO { E::ZERO } else { E::ONE / *total };
                    }
                    for out in rows.iter_mut() {
                        for (out, &scale) in out.iter_mut().zip(&totals) {
                            *out = *out * scale;
                        }
                    }
                }
            },
        );
    });
}

/// `out[o, i] = ln Σ exp(x[o, ·, i])`; −∞ for a column of −∞.
pub(crate) fn logsumexp_columns<E: Float>(x: &[E], block: Block, out: &mut [E]) {
    parallel::for_chunks(out, COLUMNS, x.len() > 4096, &|task, out| {
        let mut first = task * COLUMNS;
        let mut rest = out;
        while !rest.is_empty() {
            let (at, column) = (first / block.inner, first % block.inner);
            let (part, after) = rest.split_at_mut(rest.len().min(block.inner - column));
            let x = Rows::new(x, block, (at, column), part.len());
            vectorize_wide::<E, _>(
                #[inline(always)]
                || {
                    let shifts = x.shifts();
                    let totals = x.totals(&shifts, &mut |_, _| ());
                    for ((out, &shift), &total) in part.iter_mut().zip(&shifts).zip(&totals) {
                        *out = shift + total.ln();
                    }
                },
            );
            for (c, out) in part.iter_mut().enumerate() {
                // inf - inf is NaN, but the sum is infinite unless there is a NaN.
                let column = || (0..x.length).map(|l| x.row(l)[c]);
                if out.is_nan() && !column().any(Float::is_nan) {
                    *out = -E::NEG_INFINITY;
                }
            }
            first += part.len();
            rest = after;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::softmax::{log_softmax_rows, logsumexp_rows, softmax_rows};
    use super::super::strided::transpose;
    use super::*;

    /// Columns with infinities, columns with NaN, and columns of −∞ only.
    fn numbers(block: Block) -> Vec<f64> {
        let Block { outer, length, inner } = block;
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        (0..outer * length * inner)
            .map(|i| match (i % inner % 7, i / inner % length) {
                (1, _) => -inf,
                (2, 0) => inf,
                (3, 1) => nan,
                (4, 0) => -inf,
                _ => (i * 37 % 101) as f64 / 4.0,
            })
            .collect()
    }

    #[test]
    fn columns_equal_the_rows_of_the_transpose() {
        for (outer, length, inner) in
            [(1, 1, 2), (1, 5, 8), (3, 100, 9), (1, 70, 300), (5, 3, 130), (2, 200, 200)]
        {
            let block = Block { outer, length, inner };
            let x = numbers(block);
            let turned = |x: &[f64], columns: usize| -> Vec<f64> {
                let blocks = x.chunks_exact(length * inner).map(|x| {
                    let mut out = vec![0.0; x.len()];
                    transpose(x, columns, &mut out);
                    out
                });
                blocks.flatten().collect()
            };
            let rows = turned(&x, inner);
            let check = |found: &[f64], expected: &[f64]| {
                for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
                    let near = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
                    let same = near || found == expected || found.is_nan() && expected.is_nan();
                    assert!(same, "{block:?}, {i}: {found} and {expected}");
                }
            };
            let (mut found, mut expected) = (vec![0.5; x.len()], vec![0.5; x.len()]);
            softmax_columns(&x, block, false, &mut found);
            softmax_rows(&rows, length, &mut expected);
            check(&turned(&found, inner), &expected);
            softmax_columns(&x, block, true, &mut found);
            log_softmax_rows(&rows, length, &mut expected);
            check(&turned(&found, inner), &expected);
            let (mut found, mut expected) = (vec![0.5; outer * inner], vec![0.5; outer * inner]);
            logsumexp_columns(&x, block, &mut found);
            logsumexp_rows(&rows, length, &mut expected);
            check(&found, &expected);
        }
    }
}
