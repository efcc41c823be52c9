//! Sums and moments of columns, in the arithmetic of a type `W`.
//!
//! As along rows (see [`sums`](super::sums)), short runs are summed in that type and the runs in f64. The summation order
//! depends on the sizes alone: four lines at a time within a block of lines, then the rows of a line.

use super::groups::{Groups, bands, repeat_row, sum_of_rows};
use super::sums::convert;
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, vectorize_small};

/// Elements of a block of lines, whose sums are added in f64, and the least number of its lines.
const LINES_BLOCK: usize = 4096;
const LEAST_LINES: usize = 32;

/// The elements of a block of lines, of which long ones are some dozens too: its sums cost as much as a few lines.
fn lines_block(line: usize) -> usize {
    (LINES_BLOCK / line).max(LEAST_LINES) * line
}

/// Adds `terms(x, y, column)` to the two sums of each column, over lines of x and y. The last line may be shorter.
///
/// The sums are arguments of their own, not an array of slices: so the compiler knows that they don't overlap.
#[inline(always)]
fn column_sums<E: Float, W: Float>(
    [x, y]: [&[E]; 2],
    column: &[W],
    first: &mut [W],
    second: &mut [W],
    terms: impl Fn(W, W, W) -> (W, W),
) {
    let line = column.len();
    let (first, second) = (&mut first[..line], &mut second[..line]);
    let fours = (x.chunks_exact(4 * line), y.chunks_exact(4 * line));
    let rest = (fours.0.remainder().chunks(line), fours.1.remainder().chunks(line));
    // Four lines in each step: the sums are loaded and stored once for them.
    for (x, y) in fours.0.zip(fours.1) {
        let ((x0, x), (y0, y)) = (x.split_at(line), y.split_at(line));
        let ((x1, x), (y1, y)) = (x.split_at(line), y.split_at(line));
        let ((x2, x), (y2, y)) = (x.split_at(line), y.split_at(line));
        let (x3, y3) = (&x[..line], &y[..line]);
        for c in 0..line {
            let own = column[c];
            let (a0, b0) = terms(convert(x0[c]), convert(y0[c]), own);
            let (a1, b1) = terms(convert(x1[c]), convert(y1[c]), own);
            let (a2, b2) = terms(convert(x2[c]), convert(y2[c]), own);
            let (a3, b3) = terms(convert(x3[c]), convert(y3[c]), own);
            first[c] += (a0 + a1) + (a2 + a3);
            second[c] += (b0 + b1) + (b2 + b3);
        }
    }
    for (x, y) in rest.0.zip(rest.1) {
        let sums = first.iter_mut().zip(&mut *second);
        for ((first, second), ((&x, &y), &column)) in sums.zip(x.iter().zip(y).zip(column)) {
            let (a, b) = terms(convert(x), convert(y), column);
            *first += a;
            *second += b;
        }
    }
}

/// Adds up the sums of the rows of a line.
#[inline(always)]
fn fold_line<W: Float>(row: usize, sums: &mut [W]) {
    let (total, rest) = sums.split_at_mut(row);
    for other in rest.chunks_exact(row) {
        total.iter_mut().zip(other).for_each(|(total, &other)| *total += other);
    }
}

/// The mean of each column of a block and the mean of the squared differences from it, in one pass over
/// memory: the elements of a few lines are summed relative to the mean of the lines before. Without
/// `centered` the mean is 0.
pub(super) fn column_moments<E: Float, W: Float>(
    shape: Groups,
    x: &[E],
    centered: bool,
) -> [List<f64>; 2] {
    let (row, line) = (shape.row(), shape.line());
    let bands = bands(shape, &|range, found| {
        let mut moments = RunningMoments { count: 0.0, found };
        let [mut center, mut sums, mut squares] = [0; 3].map(|_| scratch::filled(line, W::ZERO));
        for x in x[range].chunks(lines_block(line)) {
            let count = (x.len() / row) as f64;
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    let (sums, squares) = (&mut sums[..], &mut squares[..]);
                    if centered && moments.count == 0.0 {
                        column_sums([x, x], &center, sums, squares, |x, _, _| (x, W::ZERO));
                        fold_line(row, sums);
                        for (center, sum) in center.iter_mut().zip(&*sums) {
                            *center = W::from_f64(sum.to_f64() / count);
                        }
                        sums.fill(W::ZERO);
                        repeat_row(row, &mut center);
                    }
                    column_sums([x, x], &center, sums, squares, |x, _, center| {
                        let x = x - center;
                        (x, x * x)
                    });
                    fold_line(row, sums);
                    fold_line(row, squares);
                    moments.add(count, centered, &center[..row], &sums[..row], &squares[..row]);
                    for (center, &mean) in center.iter_mut().zip(&*moments.found[0]) {
                        *center = W::from_f64(mean);
                    }
                    repeat_row(row, &mut center);
                    sums.fill(W::ZERO);
                    squares.fill(W::ZERO);
                },
            );
        }
    });
    let mut total = [0; 2].map(|_| scratch::filled(row, 0.0));
    let mut moments = RunningMoments { count: 0.0, found: total.each_mut().map(|x| &mut x[..]) };
    for (i, band) in bands.chunks_exact(2 * row).enumerate() {
        let (mean, squares) = band.split_at(row);
        let rows = (shape.block() - i * shape.band()).min(shape.band()) / row;
        moments.merge(rows as f64, mean, squares);
    }
    let [mean, mut squares] = total;
    squares.iter_mut().for_each(|sum| *sum /= shape.height as f64);
    [mean, squares]
}

/// The running moments of each column: the number of elements so far, their mean, and the sum of squared differences
/// from it.
struct RunningMoments<'a> {
    count: f64,
    found: [&'a mut [f64]; 2],
}

impl RunningMoments<'_> {
    /// Merges `count` more elements of each column, given the sums of their differences from `center` and
    /// of the squares.
    #[inline(always)]
    fn add<W: Float>(
        &mut self,
        count: f64,
        centered: bool,
        center: &[W],
        sums: &[W],
        squares: &[W],
    ) {
        let (before, share) = self.advance(count);
        let [means, totals] = self.found.each_mut();
        let columns = center.iter().zip(sums).zip(squares);
        for ((mean, total), ((&center, &sum), &squares)) in
            means.iter_mut().zip(totals.iter_mut()).zip(columns)
        {
            let shift = if centered { sum.to_f64() / count } else { 0.0 };
            let squares = squares.to_f64() - shift * shift * count;
            let squares = if squares < 0.0 { 0.0 } else { squares };
            merge_column(before, share, [mean, total], [center.to_f64() + shift, squares]);
        }
    }

    /// Merges `count` elements of each column, given their mean and the sum of squared differences from it.
    fn merge(&mut self, count: f64, other_means: &[f64], other_squares: &[f64]) {
        let (before, share) = self.advance(count);
        let [means, totals] = self.found.each_mut();
        let others = other_means.iter().zip(other_squares);
        for ((mean, total), (&other, &squares)) in
            means.iter_mut().zip(totals.iter_mut()).zip(others)
        {
            merge_column(before, share, [mean, total], [other, squares]);
        }
    }

    /// Counts more elements. Returns their number before and the share of the new ones.
    #[inline(always)]
    fn advance(&mut self, count: f64) -> (f64, f64) {
        let before = self.count;
        self.count += count;
        (before, count / self.count)
    }
}

/// Merges the mean and the squares of a column (Chan, Golub and LeVeque 1983). Both are 0 if there was no element before.
#[inline(always)]
fn merge_column(before: f64, share: f64, [mean, squares]: [&mut f64; 2], other: [f64; 2]) {
    let shift = other[0] - *mean;
    *mean += shift * share;
    // Without elements before, `shift` is the mean itself, whose square may overflow.
    let between = if before > 0.0 { shift * shift * (before * share) } else { 0.0 };
    *squares += other[1] + between;
}

/// The sums of g and of `(x - mean) g` along each column of a block, one after the other; the mean is hi +
/// lo.
pub(super) fn columns_pair<E: Float, W: Float>(
    shape: Groups,
    [x, g]: [&[E]; 2],
    [hi, lo]: [&[W]; 2],
) -> List<f64> {
    let (row, line) = (shape.row(), shape.line());
    let hi = shape.repeated_row(hi);
    let bands = bands(shape, &|range, [sums, products]| {
        let [mut sum, mut product] = [0; 2].map(|_| scratch::filled(line, W::ZERO));
        let lines = lines_block(line);
        for (x, g) in x[range.clone()].chunks(lines).zip(g[range].chunks(lines)) {
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    let (sum, product) = (&mut sum[..], &mut product[..]);
                    column_sums([x, g], &hi, sum, product, |x, g, hi| (g, (x - hi) * g));
                    fold_line(row, sum);
                    fold_line(row, product);
                    let totals = sums.iter_mut().zip(products.iter_mut());
                    let found = sum.iter().zip(&*product).zip(lo);
                    for ((total, products), ((sum, product), lo)) in totals.zip(found) {
                        *total += sum.to_f64();
                        *products += product.to_f64() - lo.to_f64() * sum.to_f64();
                    }
                    sum.fill(W::ZERO);
                    product.fill(W::ZERO);
                },
            );
        }
    });
    sum_of_rows(&bands, 2 * row)
}
