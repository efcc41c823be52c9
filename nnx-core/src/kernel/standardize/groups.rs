//! The sweeps over groups of numbers: their sums, and one written from another.
//!
//! The order of a sum depends on the sizes alone: 16 running sums along a run; down the rows in order, in
//! at most 64 bands which are added in order.

use crate::kernel::{Float, parallel, vectorize};

/// How an array is cut into groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Groups {
    pub(crate) blocks: usize,
    pub(crate) height: usize,
    pub(crate) groups: usize,
    pub(crate) width: usize,
}

const LANES: usize = 16;
/// Elements of one part of the work.
pub(super) const PART: usize = 32 * 1024;

/// Calls `work` with each block of `out` and where it stands.
pub(super) fn each_block<E: Float>(
    of: Groups,
    out: &mut [E],
    work: impl Fn(std::ops::Range<usize>, &mut [E]) + Sync,
) {
    let block = of.height * of.groups * of.width;
    if out.is_empty() {
        return;
    }
    let blocks_per_part = (PART / block).max(1);
    parallel::chunks(out, blocks_per_part * block, true, &|part, out| {
        for (i, out) in out.chunks_exact_mut(block).enumerate() {
            let start = (part * blocks_per_part + i) * block;
            work(start..start + block, out);
        }
    });
}

/// For each group of a block, the sum of `term` of the elements of both arrays and the group's mean.
#[inline]
pub(super) fn sums<E: Float>(
    of: Groups,
    [a, b]: [&[E]; 2],
    mean: &[f64],
    term: impl Fn([f64; 2], f64) -> f64 + Sync,
) -> Vec<f64> {
    if of.height == 1 {
        let runs = a.chunks_exact(of.width).zip(b.chunks_exact(of.width)).zip(mean);
        return runs
            .map(|((a, b), &mean)| vectorize(|| sum_of_run(a, b, |pair| term(pair, mean))))
            .collect();
    }
    let row = of.groups * of.width;
    let mean = spread(mean, of.width);
    // At most 64 bands of rows, for as many threads as there are.
    let band = of.height.div_ceil(64).max(PART / row + 1) * row;
    let mut bands = vec![0.0; a.len().div_ceil(band) * row];
    parallel::chunks(&mut bands, row, true, &|part, sums| {
        let range = part * band..((part + 1) * band).min(a.len());
        vectorize(|| {
            for (a, b) in a[range.clone()].chunks_exact(row).zip(b[range].chunks_exact(row)) {
                for (((sum, &a), &b), &mean) in sums.iter_mut().zip(a).zip(b).zip(&mean) {
                    *sum += term([a.to_f64(), b.to_f64()], mean);
                }
            }
        });
    });
    let mut columns = vec![0.0; row];
    for band in bands.chunks_exact(row) {
        columns.iter_mut().zip(band).for_each(|(sum, band)| *sum += band);
    }
    columns.chunks_exact(of.width).map(|run| run.iter().sum()).collect()
}

#[inline(always)]
fn sum_of_run<E: Float>(a: &[E], b: &[E], term: impl Fn([f64; 2]) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (mut a, mut b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in (&mut a).zip(&mut b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += term([a.to_f64(), b.to_f64()]);
        }
    }
    for ((lane, &a), &b) in lanes.iter_mut().zip(a.remainder()).zip(b.remainder()) {
        *lane += term([a.to_f64(), b.to_f64()]);
    }
    lanes.iter().sum()
}

/// `out = f` of the elements of both arrays, the group's mean and its `term`.
#[inline]
pub(super) fn write<E: Float, T: Copy + Sync>(
    of: Groups,
    [a, b]: [&[E]; 2],
    out: &mut [E],
    mean: &[f64],
    terms: &[T],
    f: impl Fn([f64; 2], f64, T) -> f64 + Sync,
) {
    if of.height == 1 {
        let inputs = a.chunks_exact(of.width).zip(b.chunks_exact(of.width));
        let groups = inputs.zip(mean.iter().zip(terms));
        for (out, ((a, b), (&mean, &term))) in out.chunks_exact_mut(of.width).zip(groups) {
            vectorize(|| {
                for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                    *out = E::from_f64(f([a.to_f64(), b.to_f64()], mean, term));
                }
            });
        }
        return;
    }
    let row = of.groups * of.width;
    let (mean, terms) = (spread(mean, of.width), spread(terms, of.width));
    parallel::rows(out, row, |first, out| {
        let range = first * row..first * row + out.len();
        let inputs = a[range.clone()].chunks_exact(row).zip(b[range].chunks_exact(row));
        vectorize(|| {
            for (out, (a, b)) in out.chunks_exact_mut(row).zip(inputs) {
                let columns = a.iter().zip(b).zip(mean.iter().zip(&terms));
                for (out, ((&a, &b), (&mean, &term))) in out.iter_mut().zip(columns) {
                    *out = E::from_f64(f([a.to_f64(), b.to_f64()], mean, term));
                }
            }
        });
    });
}

/// Each element `width` times.
fn spread<T: Copy>(x: &[T], width: usize) -> Vec<T> {
    x.iter().flat_map(|&x| std::iter::repeat_n(x, width)).collect()
}
