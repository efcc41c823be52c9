//! Sums over rows and columns, in the arithmetic of a type `W`.
//!
//! Short runs are summed in that type and the runs in f64, so that the error doesn't grow with the length.
//! The summation order depends on the sizes alone: along a row, 64 accumulators, which are added as a tree;
//! along columns, four rows at a time within a block of rows.

use super::groups::{Groups, bands};
use crate::kernel::reduce::pairwise_sum;
use crate::kernel::scratch::{self, List};
use crate::kernel::{Float, vectorize_small};

/// Accumulators of a sum along a row.
const ACCUMULATORS: usize = 64;
const UNROLLED: usize = 4 * ACCUMULATORS;
/// Elements of a run along a row, and elements of a block of rows: their sums are added in f64.
const ROW_RUN: usize = 2048;
const ROWS_BLOCK: usize = 4096;

/// A value in the type of the arithmetic.
#[inline(always)]
pub(super) fn convert<E: Float, W: Float>(x: E) -> W {
    W::from_f64(x.to_f64())
}

/// One or two sums along a row of what `terms` returns for the elements of three rows. The second sum is 0
/// unless `TWO`.
#[inline(always)]
pub(super) fn row_sums<E: Float, W: Float, const TWO: bool>(
    [x, y, z]: [&[E]; 3],
    terms: impl Fn(W, W, W) -> (W, W),
) -> [f64; 2] {
    let mut totals = [0.0; 2];
    for ((x, y), z) in x.chunks(ROW_RUN).zip(y.chunks(ROW_RUN)).zip(z.chunks(ROW_RUN)) {
        let (mut sums, mut others) = ([W::ZERO; ACCUMULATORS], [W::ZERO; ACCUMULATORS]);
        let fours =
            (x.as_chunks::<UNROLLED>(), y.as_chunks::<UNROLLED>(), z.as_chunks::<UNROLLED>());
        // Four elements per accumulator in each step: the accumulators are loaded and stored once for them.
        for ((x, y), z) in fours.0.0.iter().zip(fours.1.0).zip(fours.2.0) {
            for lane in 0..ACCUMULATORS {
                let [one, two, three] =
                    [ACCUMULATORS + lane, 2 * ACCUMULATORS + lane, 3 * ACCUMULATORS + lane];
                let (a0, b0) = terms(convert(x[lane]), convert(y[lane]), convert(z[lane]));
                let (a1, b1) = terms(convert(x[one]), convert(y[one]), convert(z[one]));
                let (a2, b2) = terms(convert(x[two]), convert(y[two]), convert(z[two]));
                let (a3, b3) = terms(convert(x[three]), convert(y[three]), convert(z[three]));
                sums[lane] += (a0 + a1) + (a2 + a3);
                if TWO {
                    others[lane] += (b0 + b1) + (b2 + b3);
                }
            }
        }
        let rest = fours
            .0
            .1
            .chunks(ACCUMULATORS)
            .zip(fours.1.1.chunks(ACCUMULATORS))
            .zip(fours.2.1.chunks(ACCUMULATORS));
        for ((x, y), z) in rest {
            let lanes = sums.iter_mut().zip(&mut others);
            for ((sum, other), ((&x, &y), &z)) in lanes.zip(x.iter().zip(y).zip(z)) {
                let (a, b) = terms(convert(x), convert(y), convert(z));
                *sum += a;
                if TWO {
                    *other += b;
                }
            }
        }
        totals[0] += sum_accumulators(&mut sums);
        if TWO {
            totals[1] += sum_accumulators(&mut others);
        }
    }
    totals
}

/// The sum of the accumulators, as a tree.
#[inline(always)]
fn sum_accumulators<W: Float>(lanes: &mut [W; ACCUMULATORS]) -> f64 {
    let (left, right) = lanes.split_at_mut(ACCUMULATORS / 2);
    left.iter_mut().zip(&*right).for_each(|(left, &right)| *left += right);
    let (left, right) = left.split_at_mut(ACCUMULATORS / 4);
    left.iter_mut().zip(&*right).for_each(|(left, &right)| *left += right);
    pairwise_sum(left.as_array().expect("16 lanes")).to_f64()
}

/// Adds `terms(x, y, column)` to the two sums of each column, over the given rows of x and y.
#[inline(always)]
fn column_sums<E: Float, W: Float>(
    [x, y]: [&[E]; 2],
    column: &[W],
    [first, second]: [&mut [W]; 2],
    terms: impl Fn(W, W, W) -> (W, W),
) {
    let row = column.len();
    let (first, second) = (&mut first[..row], &mut second[..row]);
    let fours = (x.chunks_exact(4 * row), y.chunks_exact(4 * row));
    let rest = (fours.0.remainder().chunks_exact(row), fours.1.remainder().chunks_exact(row));
    // Four rows in each step: the sums are loaded and stored once for them.
    for (x, y) in fours.0.zip(fours.1) {
        let ((x0, x), (y0, y)) = (x.split_at(row), y.split_at(row));
        let ((x1, x), (y1, y)) = (x.split_at(row), y.split_at(row));
        let ((x2, x), (y2, y)) = (x.split_at(row), y.split_at(row));
        let (x3, y3) = (&x[..row], &y[..row]);
        for c in 0..row {
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
        for c in 0..row {
            let (a, b) = terms(convert(x[c]), convert(y[c]), column[c]);
            first[c] += a;
            second[c] += b;
        }
    }
}

/// The mean of each column of a block and the mean of the squared differences from it, in one pass over
/// memory: the elements of a few rows are summed relative to the mean of the rows before. Without
/// `centered` the mean is 0.
pub(super) fn column_moments<E: Float, W: Float>(
    shape: Groups,
    x: &[E],
    centered: bool,
) -> [List<f64>; 2] {
    let row = shape.row();
    let bands = bands(shape, &|range, found| {
        let mut moments = RunningMoments { count: 0.0, found };
        let [mut center, mut sums, mut squares] = [0; 3].map(|_| scratch::filled(row, W::ZERO));
        for x in x[range].chunks((ROWS_BLOCK / row).max(4) * row) {
            let count = (x.len() / row) as f64;
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    if centered && moments.count == 0.0 {
                        column_sums([x, x], &center, [&mut sums, &mut squares], |x, _, _| {
                            (x, W::ZERO)
                        });
                        for (center, sum) in center.iter_mut().zip(&mut sums) {
                            *center = W::from_f64(sum.to_f64() / count);
                            *sum = W::ZERO;
                        }
                    }
                    column_sums([x, x], &center, [&mut sums, &mut squares], |x, _, center| {
                        let x = x - center;
                        (x, x * x)
                    });
                    moments.add(count, centered, &mut center, [&mut sums, &mut squares]);
                },
            );
        }
    });
    let mut total = [0; 2].map(|_| scratch::filled(row, 0.0));
    let mut moments = RunningMoments { count: 0.0, found: total.each_mut().map(|x| &mut x[..]) };
    for (i, band) in bands.chunks_exact(2 * row).enumerate() {
        let (mean, squares) = band.split_at(row);
        let rows = (shape.block() - i * shape.band()).min(shape.band()) / row;
        moments.merge(rows as f64, |c| (mean[c], squares[c]));
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
    /// of the squares. Then sets `center` to the mean so far, and the sums to 0.
    #[inline(always)]
    fn add<W: Float>(
        &mut self,
        count: f64,
        centered: bool,
        center: &mut [W],
        [sums, squares]: [&mut [W]; 2],
    ) {
        self.merge(count, |c| {
            let shift = if centered { sums[c].to_f64() / count } else { 0.0 };
            let squares = squares[c].to_f64() - shift * shift * count;
            (center[c].to_f64() + shift, if squares < 0.0 { 0.0 } else { squares })
        });
        for (center, &mean) in center.iter_mut().zip(&*self.found[0]) {
            *center = W::from_f64(mean);
        }
        sums.fill(W::ZERO);
        squares.fill(W::ZERO);
    }

    /// Merges `count` elements of each column `c`, whose mean and sum of squares `other(c)` returns (Chan,
    /// Golub and LeVeque 1983).
    #[inline(always)]
    fn merge(&mut self, count: f64, other: impl Fn(usize) -> (f64, f64)) {
        let before = self.count;
        self.count += count;
        let share = count / self.count;
        let [means, squares] = &mut self.found;
        for (c, (mean, square)) in means.iter_mut().zip(squares.iter_mut()).enumerate() {
            let (other_mean, other_squares) = other(c);
            if before == 0.0 {
                (*mean, *square) = (other_mean, other_squares);
            } else {
                let shift = other_mean - *mean;
                *mean += shift * share;
                *square += other_squares + shift * shift * (before * share);
            }
        }
    }
}

/// The sums of g and of `(x - mean) g` along each column of a block, one after the other; the mean is hi +
/// lo.
pub(super) fn columns_pair<E: Float, W: Float>(
    shape: Groups,
    [x, g]: [&[E]; 2],
    [hi, lo]: [&[W]; 2],
) -> List<f64> {
    let row = shape.row();
    let bands = bands(shape, &|range, [sums, products]| {
        let [mut sum, mut product] = [0; 2].map(|_| scratch::filled(row, W::ZERO));
        let rows = (ROWS_BLOCK / row).max(4) * row;
        for (x, g) in x[range.clone()].chunks(rows).zip(g[range].chunks(rows)) {
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    column_sums([x, g], hi, [&mut sum, &mut product], |x, g, hi| (g, (x - hi) * g));
                },
            );
            for c in 0..row {
                let (sum, product) = (&mut sum[c], &mut product[c]);
                sums[c] += sum.to_f64();
                products[c] += product.to_f64() - lo[c].to_f64() * sum.to_f64();
                (*sum, *product) = (W::ZERO, W::ZERO);
            }
        }
    });
    super::groups::sum_of_rows(&bands, 2 * row)
}
