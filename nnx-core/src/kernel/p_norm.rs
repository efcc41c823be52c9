//! Norms of any order over the middle axis of a block, in f64: no power of an f32 overflows.

use super::fold::{AbsMax, AbsSum, Block, SquareSum, fold};
use super::{Float, means, parallel, reduce, vectorize_small};

/// Elements whose powers are summed in order. The sums of these runs are then added in order.
const RUN: usize = 512;
/// Integer powers up to this one are computed by multiplications.
const LARGEST_PRODUCT: f64 = 16.0;

/// `out[o, i] = (Σ_l |x[o, l, i]|^p)^(1/p)` for p of 1, 2 or infinity.
pub(crate) fn norm<E: Float>(p: f64, x: &[E], block: Block, out: &mut [E]) {
    if p == f64::INFINITY {
        return fold(AbsMax, x, block, out);
    }
    let mut sums = vec![0.0; out.len()];
    let long_rows = block.inner == 1 && block.length >= LONG_ROW;
    if p == 1.0 {
        match long_rows {
            true => sum_rows(x, block.length, &mut sums, reduce::sum_of_sizes),
            false => fold(AbsSum, x, block, &mut sums),
        }
    } else {
        match long_rows {
            true => sum_rows(x, block.length, &mut sums, reduce::sum_of_squares),
            false => fold(SquareSum, x, block, &mut sums),
        }
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum = means::root_or_else(*sum, || {
                let start = at / block.inner * block.length * block.inner + at % block.inner;
                let column = x.iter().skip(start).step_by(block.inner).take(block.length);
                column.copied().collect()
            });
        }
    }
    for (out, sum) in out.iter_mut().zip(sums) {
        *out = E::from_f64(sum);
    }
}

/// Rows of this length or more are summed one at a time.
const LONG_ROW: usize = 64;
/// Elements of a long row per task.
const ELEMENTS_PER_TASK: usize = 32 * 1024;

/// `sums[r]` = the sum of row r: a long row is cut into tasks, whose sums are added in order.
fn sum_rows<E: Float>(x: &[E], width: usize, sums: &mut [f64], sum: fn(&[E]) -> f64) {
    if width <= ELEMENTS_PER_TASK {
        return reduce::fold_rows(x, width, sums, sum);
    }
    for (total, row) in sums.iter_mut().zip(x.chunks_exact(width)) {
        let mut parts = vec![0.0; width.div_ceil(ELEMENTS_PER_TASK)];
        parallel::for_chunks(&mut parts, 1, true, &|i, part| {
            part[0] = sum(&row[i * ELEMENTS_PER_TASK..width.min((i + 1) * ELEMENTS_PER_TASK)]);
        });
        *total = parts.into_iter().sum();
    }
}

/// `out[r] = (Σ_c |x[r, c]|^p)^(1/p)` for any p above 0. Elements are divided by the largest one first, so that no
/// power leaves the range of f64.
pub(crate) fn norm_of_rows<E: Float>(p: f64, x: &[E], width: usize, out: &mut [E]) {
    assert_eq!(x.len(), width * out.len(), "norm_of_rows: lengths differ");
    let rows_per_task = (4096 / width.max(1)).max(1);
    parallel::for_chunks(out, rows_per_task, true, &|task, out| {
        for (r, out) in (task * rows_per_task..).zip(out) {
            *out = E::from_f64(norm_of_row(p, &x[r * width..][..width]));
        }
    });
}

fn norm_of_row<E: Float>(p: f64, row: &[E]) -> f64 {
    let mut largest = [E::ZERO];
    fold(AbsMax, row, Block { outer: 1, length: row.len(), inner: 1 }, &mut largest);
    let largest = largest[0].to_f64();
    // All zeros, an infinity, or NaN: the largest absolute value is the norm.
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let powers: f64 = row.chunks(RUN).map(|run| sum_of_powers(p, largest, run)).sum();
    largest * powers.powf(1.0 / p)
}

/// `Σ (|x| / largest)^p`.
fn sum_of_powers<E: Float>(p: f64, largest: f64, run: &[E]) -> f64 {
    let mut powers = [0.0; RUN];
    let powers = &mut powers[..run.len()];
    let whole = p.fract() == 0.0 && p <= LARGEST_PRODUCT;
    vectorize_small::<E, _>(|| {
        for (power, x) in powers.iter_mut().zip(run) {
            *power = x.to_f64().abs() / largest;
        }
        if whole {
            let mut products = [1.0; RUN];
            let mut exponent = p;
            while exponent >= 1.0 {
                exponent -= 1.0;
                for (product, x) in products.iter_mut().zip(&*powers) {
                    *product *= x;
                }
            }
            powers.copy_from_slice(&products[..powers.len()]);
        } else {
            for power in powers.iter_mut() {
                *power = power.powf(p);
            }
        }
        super::reduce::sum_of_block(powers)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_of_rows_and_columns_are_those_of_the_formula() {
        for (rows, width) in [(1, 1), (3, 40), (2, 513), (2, 1100), (1, 70_000)] {
            let x: Vec<f64> = (0..rows * width).map(|i| (i * 37 % 101) as f64 - 50.0).collect();
            for p in [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 40.0, f64::INFINITY] {
                let expected = |column: &[f64]| {
                    let largest = column.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
                    if largest == 0.0 {
                        return 0.0;
                    }
                    let powers = column.iter().map(|x| (x.abs() / largest).powf(p)).sum::<f64>();
                    if p == f64::INFINITY { largest } else { largest * powers.powf(1.0 / p) }
                };
                let near = |found: f64, column: &[f64]| {
                    let exact = expected(column);
                    assert!((found - exact).abs() <= 1e-12 * exact, "p {p}: {found} and {exact}");
                };
                let mut found = vec![f64::NAN; rows];
                let block = Block { outer: rows, length: width, inner: 1 };
                let simple = [1.0, 2.0, f64::INFINITY].contains(&p);
                if simple {
                    norm(p, &x, block, &mut found);
                } else {
                    norm_of_rows(p, &x, width, &mut found);
                }
                for (&found, row) in found.iter().zip(x.chunks_exact(width)) {
                    near(found, row);
                }
                if simple {
                    let mut found = vec![f64::NAN; width];
                    norm(p, &x, Block { outer: 1, length: rows, inner: width }, &mut found);
                    for (c, &found) in found.iter().enumerate() {
                        near(found, &x[c..].iter().step_by(width).copied().collect::<Vec<_>>());
                    }
                }
            }
        }
    }

    #[test]
    fn powers_of_large_and_small_elements_stay_in_range() {
        for scale in [1e-40f32, 1e-20, 1e20, 1e38] {
            let mut found = [f32::NAN];
            norm_of_rows(9.0, &[scale, -scale, 0.0], 3, &mut found);
            let expected = f64::from(scale) * 2f64.powf(1.0 / 9.0);
            assert!((f64::from(found[0]) / expected - 1.0).abs() < 1e-5, "{scale}: {found:?}");
        }
        for scale in [1e-200, 1e200] {
            let mut found = [f64::NAN; 2];
            norm(
                2.0,
                &[3.0 * scale, 0.0, 4.0 * scale, scale],
                Block { outer: 1, length: 2, inner: 2 },
                &mut found,
            );
            assert!((found[0] / scale - 5.0).abs() < 1e-14 && found[1] == scale, "{found:?}");
        }
    }
}
