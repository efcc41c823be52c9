//! Sums over rows or columns, or the middle axis of a block.
//!
//! Sums are pairwise, so the error grows with the logarithm of the length: blocks of 512 elements have 16
//! accumulators, which are added as a tree, and the blocks are added as a tree. The accumulators are
//! independent, so the loop is vectorized. The summation order depends on the lengths alone.

use super::fold::Block;
use super::means::sum_or_else;
use super::tree::{halves, sum_on_threads};
use super::{Float, parallel, vectorize_small};
use crate::kernel::scratch::{self, List};

const ACCUMULATORS: usize = 16;
pub(super) const BLOCK_ELEMENTS: usize = 512;

/// The pairwise sum of a slice.
#[inline(always)]
pub(crate) fn sum<E: Float>(x: &[E]) -> E {
    if x.len() <= BLOCK_ELEMENTS { sum_of_block(x) } else { sum_of_blocks(x) }
}

fn sum_of_blocks<E: Float>(x: &[E]) -> E {
    if x.len() <= BLOCK_ELEMENTS {
        return vectorize_small::<E, _>(
            #[inline(always)]
            || sum_of_block(x),
        );
    }
    let (left, right) = halves(x);
    sum_of_blocks(left) + sum_of_blocks(right)
}

/// The sum of up to 512 elements: accumulator by accumulator, then the accumulators as a tree.
#[inline(always)]
pub(super) fn sum_of_block<E: Float>(x: &[E]) -> E {
    let (chunks, rest) = x.as_chunks::<ACCUMULATORS>();
    let mut sums = [E::ZERO; ACCUMULATORS];
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    for (sum, &x) in sums.iter_mut().zip(rest) {
        *sum += x;
    }
    pairwise_sum(&sums)
}

/// The sum of the accumulators as a tree. It isn't inlined: otherwise the compiler would split the
/// accumulators into the pairs that are added last, already in the hot loop.
#[inline(never)]
pub(super) fn pairwise_sum<E: Float>(sums: &[E; ACCUMULATORS]) -> E {
    let mut sums = *sums;
    let mut width = ACCUMULATORS / 2;
    while width > 0 {
        for i in 0..width {
            let other = sums[i + width];
            sums[i] += other;
        }
        width /= 2;
    }
    sums[0]
}

/// `Σ f(x)` in f64.
#[inline(always)]
fn sum_in_blocks<E: Float>(x: &[E], f: impl Fn(f64) -> f64) -> f64 {
    let mut total = 0.0;
    for block in x.chunks(BLOCK_ELEMENTS) {
        total += vectorize_small::<E, _>(
            #[inline(always)]
            || {
                let mut sums = [0.0; ACCUMULATORS];
                let (chunks, rest) = block.as_chunks::<ACCUMULATORS>();
                for chunk in chunks {
                    for (sum, &x) in sums.iter_mut().zip(chunk) {
                        *sum += f(x.to_f64());
                    }
                }
                for (sum, &x) in sums.iter_mut().zip(rest) {
                    *sum += f(x.to_f64());
                }
                pairwise_sum(&sums)
            },
        );
    }
    total
}

/// `Σ x²` in f64, where no square of an f32 overflows.
pub(crate) fn sum_of_squares<E: Float>(x: &[E]) -> f64 {
    sum_in_blocks(x, |x| x * x)
}

/// `Σ |x|` in f64.
pub(crate) fn sum_of_sizes<E: Float>(x: &[E]) -> f64 {
    sum_in_blocks(x, f64::abs)
}

/// `out[r] = Σ_c x[r, c]`; infinite only if the sum itself is.
pub(crate) fn sum_rows<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    assert_eq!(x.len(), width * out.len(), "sum_rows: lengths differ");
    match out {
        [out] => *out = sum_or_else(sum_on_threads(x, sum), x, 1),
        _ => fold_rows(x, width, out, |row| sum_or_else(sum(row), row, 1)),
    }
}

pub(super) fn fold_rows<E: Float, T: Send>(
    x: &[E],
    width: usize,
    out: &mut [T],
    fold: impl Fn(&[E]) -> T + Sync + Send,
) {
    let rows_per_task = (32 * 1024 / width.max(1)).max(1);
    parallel::for_chunks(out, rows_per_task, true, &|task, out| {
        let first = task * rows_per_task;
        vectorize_small::<E, _>(|| {
            for (i, out) in out.iter_mut().enumerate() {
                *out = fold(&x[(first + i) * width..][..width]);
            }
        });
    });
}

/// `out[c] = Σ_r x[r, c]`: runs of 64 rows are summed in order, and the runs are added as a tree. Infinite
/// only if the sum itself is.
pub(crate) fn sum_columns<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    assert!(
        out.len() == width && (width == 0 || x.len().is_multiple_of(width)),
        "sum_columns: not whole rows"
    );
    if x.is_empty() || width == 1 {
        return out.fill(sum_or_else(sum(x), x, 1));
    }
    sum_rows_pairwise(&partial_sums(x, width), width, 1, out);
    // Without a branch for each column.
    if out.iter().fold(true, |all, sum| all & sum.is_finite()) {
        return;
    }
    for (c, out) in out.iter_mut().enumerate() {
        *out = sum_or_else(*out, &x[c..], width);
    }
}

/// The sums of each column over at most 64 bands of whole runs, which are computed in parallel.
pub(super) fn partial_sums<E: Float>(x: &[E], width: usize) -> List<E> {
    let band = (x.len() / width).div_ceil(64).next_multiple_of(BLOCK_ROWS) * width;
    let mut bands = scratch::filled(x.len().div_ceil(band) * width, E::ZERO);
    parallel::for_chunks(&mut bands, width, x.len() > 64 * 1024, &|task, sums| {
        let x = &x[task * band..((task + 1) * band).min(x.len())];
        sum_rows_pairwise(x, width, BLOCK_ROWS, sums);
    });
    bands
}

/// Rows that are summed in order.
pub(super) const BLOCK_ROWS: usize = 64;

/// The sum of the rows: runs of `run` rows in order, and the runs as a tree.
fn sum_rows_pairwise<E: Float>(x: &[E], width: usize, run: usize, out: &mut [E]) {
    if x.len() <= run * width {
        return vectorize_small::<E, _>(
            #[inline(always)]
            || sum_run(x, width, out),
        );
    }
    let runs = (x.len() / width).div_ceil(run);
    let (left, right) = x.split_at(runs.div_ceil(2) * run * width);
    sum_rows_pairwise(left, width, run, out);
    let mut other = scratch::filled(width, E::ZERO);
    sum_rows_pairwise(right, width, run, &mut other);
    add_row(out, &other);
}

/// The sum of the rows in order.
#[inline(always)]
fn sum_run<E: Float>(x: &[E], width: usize, out: &mut [E]) {
    out.fill(E::ZERO);
    let (groups, rest) = x.split_at(x.len() / (4 * width) * 4 * width);
    for rows in groups.chunks_exact(4 * width) {
        add_rows(out, rows);
    }
    for row in rest.chunks_exact(width) {
        add_row(out, row);
    }
}

/// Adds four rows in order: each sum is read and written once.
#[inline(always)]
fn add_rows<E: Float>(sums: &mut [E], rows: &[E]) {
    let width = sums.len();
    let (first, rest) = rows.split_at(width);
    let (second, rest) = rest.split_at(width);
    let (third, fourth) = rest.split_at(width);
    for ((((sum, &a), &b), &c), &d) in sums.iter_mut().zip(first).zip(second).zip(third).zip(fourth)
    {
        *sum = (((*sum + a) + b) + c) + d;
    }
}

pub(super) fn add_row<E: Float>(sums: &mut [E], row: &[E]) {
    for (sum, &x) in sums.iter_mut().zip(row) {
        *sum += x;
    }
}

/// Calls `kernel(x[o], inner, out[o])` for each block: a kernel that reduces the columns of a matrix.
pub(crate) fn for_blocks<E: Float>(
    x: &[E],
    block: Block,
    out: &mut [E],
    kernel: fn(&[E], usize, &mut [E]),
) {
    let Block { outer, length, inner } = block;
    if outer == 1 || out.is_empty() {
        return kernel(x, inner, out);
    }
    let size = length * inner;
    let blocks = (32 * 1024 / size.max(1)).max(1);
    parallel::for_chunks(out, blocks * inner, true, &|task, out| {
        for (i, out) in out.chunks_exact_mut(inner).enumerate() {
            kernel(&x[(task * blocks + i) * size..][..size], inner, out);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_every_length_are_exact_on_integers() {
        for n in (0..67).chain([511, 512, 513, 1024, 5000]) {
            let x: Vec<f32> = (0..n).map(|i| (i % 13) as f32).collect();
            let reference: usize = (0..n).map(|i| i % 13).sum();
            assert_eq!(sum(&x), reference as f32, "length {n}");
        }
    }

    #[test]
    fn squares_of_large_values_are_finite() {
        for length in [0, 1, 15, 17, 1000] {
            let x = vec![1e30f32; length];
            let expected = f64::from(1e30f32).powi(2) * length as f64;
            assert!((sum_of_squares(&x) - expected).abs() <= 1e-12 * expected, "{length}");
        }
    }

    #[test]
    fn a_long_sum_keeps_its_accuracy() {
        let x = vec![0.1f32; 10_000_000];
        let exact = 0.1f32.to_f64() * 1e7;
        assert!((sum(&x).to_f64() - exact).abs() / exact < 1e-6);
        for width in [1, 2] {
            let mut columns = vec![f32::NAN; width];
            sum_columns(&x, width, &mut columns);
            let exact = exact / width as f64;
            assert!((columns[0].to_f64() - exact).abs() / exact < 1e-6, "width {width}");
        }
    }

    #[test]
    fn columns_equal_the_reference_and_overwrite_their_output() {
        for (rows, width) in [(0, 3), (1, 5), (64, 2), (65, 7), (1000, 33), (5000, 3)] {
            let x: Vec<f64> = (0..rows * width).map(|i| (i % 17) as f64).collect();
            let mut out = vec![f64::NAN; width];
            sum_columns(&x, width, &mut out);
            for (c, &out) in out.iter().enumerate() {
                let reference: f64 = (0..rows).map(|r| x[r * width + c]).sum();
                assert_eq!(out, reference, "{rows} x {width}, column {c}");
            }
        }
    }
}
