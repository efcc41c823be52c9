//! A function of rows, such as a sum or a softmax, of the output of an expression: the rows are computed block by block and read
//! while they are in a cache, so that the output of the expression is never in memory as a whole.
//!
//! ```text
//! for each block of rows
//!     block = the expression's output
//!     out = function(block)
//! ```
//!
//! A long row is summed as a tree ([`tree`](super::tree)), whose parts are such blocks. The bits are those of the function
//! of the whole output.

use std::cell::Cell;
use std::fmt;
use std::ops::Range;

use super::expression::ExpressionKernel;
use super::scratch::{Scratch, filled, with_scratch};
use super::tree::{PART, sum_of_parts};
use super::{means, parallel, reduce};

/// The most elements of a row that is computed as a whole: 64 KB.
const LONGEST_ROW: usize = 16 * 1024;
/// Elements of a block of rows, if rows are shorter.
const BLOCK: usize = 4 * 1024;
/// Elements per task.
const TASK: usize = 32 * 1024;

thread_local! {
    static SCRATCH: Scratch = const { Cell::new(Vec::new()) };
}

/// A function of each row.
#[derive(Clone, Copy)]
pub(crate) struct RowFunction {
    /// Elements of a row.
    pub(crate) width: usize,
    /// Elements of its output.
    pub(crate) out: usize,
    /// Writes the outputs of rows, of which it is given the width.
    pub(crate) run: fn(&[f32], usize, &mut [f32]),
    /// If it is a sum or a mean, a row may have any length.
    pub(crate) sum: Option<RowSum>,
}

/// A sum of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowSum {
    Sum,
    Mean,
}

impl fmt::Debug for RowFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowFunction").field("width", &self.width).finish_non_exhaustive()
    }
}

impl RowFunction {
    /// Whether rows of this length are computed block by block.
    pub(crate) fn fits(&self) -> bool {
        self.width > 0 && (self.sum.is_some() || self.width <= LONGEST_ROW)
    }

    /// The function of the rows of the expression's output. `base` has as many elements as these.
    pub(crate) fn of_expression(
        &self,
        expression: &ExpressionKernel<'_>,
        base: &[f32],
        out: &mut [f32],
    ) {
        let (width, each) = (self.width, self.out);
        assert_eq!(base.len() / width * each, out.len(), "rows: lengths differ");
        match self.sum {
            Some(sum) if width > PART => {
                let is_one = out.len() == 1;
                let rows = (TASK / width).max(1);
                parallel::for_chunks(out, rows, !is_one, &|task, out| {
                    for (row, out) in (task * rows..).zip(out) {
                        *out = self.long_row(sum, expression, base, row * width);
                    }
                });
            }
            _ => {
                let rows = (TASK / width).max(1);
                parallel::for_chunks(out, rows * each, true, &|task, out| {
                    let per_block = (BLOCK / width).max(1);
                    for (index, out) in out.chunks_mut(per_block * each).enumerate() {
                        let first = (task * rows + index * per_block) * width;
                        let block = first..first + out.len() / each * width;
                        with_part(expression, base, block, |x| (self.run)(x, width, out));
                    }
                });
            }
        }
    }

    /// The sum or the mean of the row that begins at `start`.
    #[allow(clippy::cast_possible_truncation, reason = "the mean is rounded once")]
    fn long_row(
        &self,
        sum: RowSum,
        expression: &ExpressionKernel<'_>,
        base: &[f32],
        start: usize,
    ) -> f32 {
        let of_row = |part: Range<usize>| start + part.start..start + part.end;
        let found = match sum {
            RowSum::Sum => {
                let part = |part| with_part(expression, base, of_row(part), reduce::sum);
                f64::from(sum_of_parts::<f32>(self.width, &part))
            }
            RowSum::Mean => {
                let part = |part| with_part(expression, base, of_row(part), means::sum_in_f64);
                sum_of_parts::<f64>(self.width, &part) / self.width as f64
            }
        };
        if found.is_finite() {
            return found as f32;
        }
        // A sum that overflows is computed once more, of all elements.
        let mut row = filled(self.width, 0.0);
        let range = start..start + self.width;
        expression.write(start, &base[range], &mut row);
        let mut out = [0.0];
        (self.run)(&row, self.width, &mut out);
        out[0]
    }
}

/// Calls `read` with a part of the expression's output.
fn with_part<T>(
    expression: &ExpressionKernel<'_>,
    base: &[f32],
    part: Range<usize>,
    read: impl FnOnce(&[f32]) -> T,
) -> T {
    with_scratch(&SCRATCH, part.len(), |out| {
        expression.write(part.start, &base[part], out);
        read(out)
    })
}

#[cfg(test)]
mod tests {
    use super::super::broadcast::Broadcast;
    use super::super::expression::{BlockFunction, Call, Place};
    use super::super::parallel::threads::with_threads;
    use super::super::softmax;
    use super::*;

    /// `x · y`.
    #[derive(Debug)]
    struct Times;
    impl BlockFunction for Times {
        fn update(&self, x: &mut [f32], y: &[f32]) {
            x.iter_mut().zip(y).for_each(|(x, y)| *x *= y);
        }
    }

    /// `base · row`, where the row is the same for all.
    fn expression(row: &[f32]) -> ExpressionKernel<'_> {
        let (first, second) = (Place::Register(0), Some(Place::Input(0)));
        ExpressionKernel {
            calls: [Call { function: &Times, first, second, to: 0 }].into_iter().collect(),
            inputs: [(row, Broadcast::Row(row.len()))].into_iter().collect(),
            registers: 0,
            result: 0,
        }
    }

    fn values(count: usize) -> Vec<f32> {
        (0..count).map(|i| 1.0 / (i * 37 % 1009 + 1) as f32 - 0.1).collect()
    }

    /// Compares with the function of the whole output.
    fn compare(function: RowFunction, row: &[f32], base: &[f32]) {
        let expression = expression(row);
        let mut whole = vec![f32::NAN; base.len()];
        expression.map(base, &mut whole);
        let mut expected = vec![f32::NAN; base.len() / function.width * function.out];
        (function.run)(&whole, function.width, &mut expected);
        for threads in [1, 3] {
            let mut found = vec![f32::NAN; expected.len()];
            with_threads(threads, || function.of_expression(&expression, base, &mut found));
            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected), "{} x {function:?}", expected.len());
        }
    }

    fn sums(width: usize) -> [RowFunction; 2] {
        let sum = |run, sum| RowFunction { width, out: 1, run, sum: Some(sum) };
        [sum(reduce::sum_rows, RowSum::Sum), sum(means::mean_rows, RowSum::Mean)]
    }

    #[test]
    fn rows_of_all_lengths_have_the_bits_of_the_function_of_the_whole() {
        for (rows, width) in
            [(1, 1), (7, 3), (50, 100), (3, 5000), (40, 1500), (2, 70_000), (1, 300_001)]
        {
            let (row, base) = (values(width), values(rows * width));
            for function in sums(width) {
                compare(function, &row, &base);
            }
            if width < LONGEST_ROW {
                let softmax = |run, out| RowFunction { width, out, run, sum: None };
                compare(softmax(softmax::softmax_rows, width), &row, &base);
                compare(softmax(softmax::logsumexp_rows, 1), &row, &base);
            }
        }
    }

    #[test]
    fn sums_that_overflow_in_between_are_finite() {
        for width in [6000, 300_000] {
            let row = vec![1.0; width];
            let sign = |i: usize| if i.is_multiple_of(2) { 1e38 } else { -1e38 };
            for function in sums(width) {
                let base: Vec<f32> = (0..width).map(sign).collect();
                compare(function, &row, &base);
                let mut out = [f32::NAN];
                function.of_expression(&expression(&row), &base, &mut out);
                assert!(out[0].is_finite(), "{width}: {out:?}");
            }
            for special in [f32::INFINITY, f32::NEG_INFINITY] {
                let mut base = values(width);
                base[width / 3] = special;
                sums(width).into_iter().for_each(|function| compare(function, &row, &base));
            }
        }
    }

    #[test]
    fn long_rows_are_read_by_sums_alone() {
        let [sum, _] = sums(1 << 20);
        assert!(sum.fits() && !RowFunction { sum: None, ..sum }.fits());
        assert!(!RowFunction { width: 0, ..sum }.fits());
    }
}
