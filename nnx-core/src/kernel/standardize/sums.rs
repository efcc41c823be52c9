//! Sums over rows and columns, in the arithmetic of a type `W`.
//!
//! Short runs are summed in that type and the runs in f64, so that the error doesn't grow with the length.
//! The summation order depends on the sizes alone: along a row, 64 accumulators, which are added as a tree;
//! along columns, four rows at a time within a block of rows.

use super::groups::{Groups, bands};
use crate::kernel::reduce::tree;
use crate::kernel::{Float, vectorize_small};

/// Accumulators of a sum along a row.
const LANES: usize = 64;
const FOUR: usize = 4 * LANES;
/// Elements of a run along a row, and elements of a block of rows: their sums are added in f64.
const RUN: usize = 2048;
const BLOCK: usize = 4096;

/// A value in the type of the arithmetic.
#[inline(always)]
pub(super) fn number<E: Float, W: Float>(x: E) -> W {
    W::from_f64(x.to_f64())
}

/// One or two sums along a row of what `terms` returns for the elements of three rows. The second sum is 0
/// unless `TWO`.
#[inline(always)]
pub(super) fn along<E: Float, W: Float, const TWO: bool>(
    [x, y, z]: [&[E]; 3],
    terms: impl Fn(W, W, W) -> (W, W),
) -> [f64; 2] {
    let mut totals = [0.0; 2];
    for ((x, y), z) in x.chunks(RUN).zip(y.chunks(RUN)).zip(z.chunks(RUN)) {
        let (mut sums, mut others) = ([W::ZERO; LANES], [W::ZERO; LANES]);
        let fours = (x.as_chunks::<FOUR>(), y.as_chunks::<FOUR>(), z.as_chunks::<FOUR>());
        // Four elements per accumulator in each step: the accumulators are loaded and stored once for them.
        for ((x, y), z) in fours.0.0.iter().zip(fours.1.0).zip(fours.2.0) {
            for lane in 0..LANES {
                let [one, two, three] = [LANES + lane, 2 * LANES + lane, 3 * LANES + lane];
                let (a0, b0) = terms(number(x[lane]), number(y[lane]), number(z[lane]));
                let (a1, b1) = terms(number(x[one]), number(y[one]), number(z[one]));
                let (a2, b2) = terms(number(x[two]), number(y[two]), number(z[two]));
                let (a3, b3) = terms(number(x[three]), number(y[three]), number(z[three]));
                sums[lane] += (a0 + a1) + (a2 + a3);
                if TWO {
                    others[lane] += (b0 + b1) + (b2 + b3);
                }
            }
        }
        let rest =
            fours.0.1.chunks(LANES).zip(fours.1.1.chunks(LANES)).zip(fours.2.1.chunks(LANES));
        for ((x, y), z) in rest {
            let lanes = sums.iter_mut().zip(&mut others);
            for ((sum, other), ((&x, &y), &z)) in lanes.zip(x.iter().zip(y).zip(z)) {
                let (a, b) = terms(number(x), number(y), number(z));
                *sum += a;
                if TWO {
                    *other += b;
                }
            }
        }
        totals[0] += total(&mut sums);
        if TWO {
            totals[1] += total(&mut others);
        }
    }
    totals
}

/// The sum of the accumulators, as a tree.
#[inline(always)]
fn total<W: Float>(lanes: &mut [W; LANES]) -> f64 {
    let (left, right) = lanes.split_at_mut(LANES / 2);
    left.iter_mut().zip(&*right).for_each(|(left, &right)| *left += right);
    let (left, right) = left.split_at_mut(LANES / 4);
    left.iter_mut().zip(&*right).for_each(|(left, &right)| *left += right);
    tree(left.as_array().expect("16 lanes")).to_f64()
}

/// Adds `terms(x, y, of_column)` to the two sums of each column, for some rows of x and y.
#[inline(always)]
fn down<E: Float, W: Float>(
    [x, y]: [&[E]; 2],
    of_column: &[W],
    [first, second]: [&mut [W]; 2],
    terms: impl Fn(W, W, W) -> (W, W),
) {
    let row = of_column.len();
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
            let own = of_column[c];
            let (a0, b0) = terms(number(x0[c]), number(y0[c]), own);
            let (a1, b1) = terms(number(x1[c]), number(y1[c]), own);
            let (a2, b2) = terms(number(x2[c]), number(y2[c]), own);
            let (a3, b3) = terms(number(x3[c]), number(y3[c]), own);
            first[c] += (a0 + a1) + (a2 + a3);
            second[c] += (b0 + b1) + (b2 + b3);
        }
    }
    for (x, y) in rest.0.zip(rest.1) {
        for c in 0..row {
            let (a, b) = terms(number(x[c]), number(y[c]), of_column[c]);
            first[c] += a;
            second[c] += b;
        }
    }
}

/// The mean of each column of a block and the mean of the squared differences from it, in one pass over
/// memory: the elements of a few rows are summed relative to the mean of the rows before. Without
/// `centered` the mean is 0.
pub(super) fn column_moments<E: Float, W: Float>(
    of: Groups,
    x: &[E],
    centred: bool,
) -> [Vec<f64>; 2] {
    let row = of.row();
    let bands = bands(of, &|range, found| {
        let mut moments = Running { count: 0.0, found };
        let [mut about, mut sums, mut squares] = [0; 3].map(|_| vec![W::ZERO; row]);
        for x in x[range].chunks((BLOCK / row).max(4) * row) {
            let count = (x.len() / row) as f64;
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    if centred && moments.count == 0.0 {
                        down([x, x], &about, [&mut sums, &mut squares], |x, _, _| (x, W::ZERO));
                        for (about, sum) in about.iter_mut().zip(&mut sums) {
                            *about = W::from_f64(sum.to_f64() / count);
                            *sum = W::ZERO;
                        }
                    }
                    down([x, x], &about, [&mut sums, &mut squares], |x, _, about| {
                        let x = x - about;
                        (x, x * x)
                    });
                    moments.add(count, centred, &mut about, [&mut sums, &mut squares]);
                },
            );
        }
    });
    let mut total = [vec![0.0; row], vec![0.0; row]];
    let mut moments = Running { count: 0.0, found: total.each_mut().map(|x| &mut x[..]) };
    for (i, band) in bands.chunks_exact(2 * row).enumerate() {
        let (mean, squares) = band.split_at(row);
        let rows = (of.block() - i * of.band()).min(of.band()) / row;
        moments.merge(rows as f64, |c| (mean[c], squares[c]));
    }
    let [mean, squares] = total;
    [mean, squares.iter().map(|sum| sum / of.height as f64).collect()]
}

/// Moments of each column so far: the number of elements, their mean, and the sum of squared differences
/// from it.
struct Running<'a> {
    count: f64,
    found: [&'a mut [f64]; 2],
}

impl Running<'_> {
    /// Merges `count` more elements of each column, given the sums of their differences from `about` and of
    /// the squares. Then sets `about` to the mean so far, and the sums to 0.
    #[inline(always)]
    fn add<W: Float>(
        &mut self,
        count: f64,
        centred: bool,
        about: &mut [W],
        [sums, squares]: [&mut [W]; 2],
    ) {
        self.merge(count, |c| {
            let shift = if centred { sums[c].to_f64() / count } else { 0.0 };
            let squares = squares[c].to_f64() - shift * shift * count;
            (about[c].to_f64() + shift, if squares < 0.0 { 0.0 } else { squares })
        });
        for (about, &mean) in about.iter_mut().zip(&*self.found[0]) {
            *about = W::from_f64(mean);
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
    of: Groups,
    [x, g]: [&[E]; 2],
    [near, rest]: [&[W]; 2],
) -> Vec<f64> {
    let row = of.row();
    let bands = bands(of, &|range, [sums, products]| {
        let [mut sum, mut product] = [0; 2].map(|_| vec![W::ZERO; row]);
        let rows = (BLOCK / row).max(4) * row;
        for (x, g) in x[range.clone()].chunks(rows).zip(g[range].chunks(rows)) {
            vectorize_small::<W, _>(
                #[inline(always)]
                || {
                    down([x, g], near, [&mut sum, &mut product], |x, g, near| (g, (x - near) * g));
                },
            );
            for c in 0..row {
                let (sum, product) = (&mut sum[c], &mut product[c]);
                sums[c] += sum.to_f64();
                products[c] += product.to_f64() - rest[c].to_f64() * sum.to_f64();
                (*sum, *product) = (W::ZERO, W::ZERO);
            }
        }
    });
    super::groups::added(&bands, 2 * row)
}
