//! The sweeps over groups of numbers that add them up.
//!
//! The order of a sum depends on the sizes alone: 16 running sums along a row; down the rows in order, in
//! at most 64 bands which are added in order.

use std::ops::Range;

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

impl Groups {
    /// Elements of a row: those of all groups.
    pub(crate) fn row(self) -> usize {
        self.groups * self.width
    }

    /// Elements of a block.
    pub(super) fn block(self) -> usize {
        self.height * self.row()
    }

    /// Elements of a group.
    pub(super) fn count(self) -> f64 {
        (self.height * self.width) as f64
    }

    /// Is each row a group?
    pub(super) fn are_rows(self) -> bool {
        self.height == 1 && self.groups == 1
    }

    /// Whole blocks that make one part of the work.
    pub(super) fn blocks_per_part(self) -> usize {
        (PART / self.block().max(1)).max(1)
    }
}

/// The sum down each column of a block of `term` of the elements and the column's mean.
#[inline]
pub(super) fn columns<E: Float>(
    of: Groups,
    x: &[E],
    mean: &[f64],
    term: impl Fn(f64, f64) -> f64 + Sync,
) -> Vec<f64> {
    bands(of, of.row(), &|range, sums| {
        vectorize(
            #[inline(always)]
            || {
                for x in x[range].chunks_exact(of.row()) {
                    for ((sum, &x), &mean) in sums.iter_mut().zip(x).zip(mean) {
                        *sum += term(x.to_f64(), mean);
                    }
                }
            },
        );
    })
}

/// The sums of g and of `(x - mean) g` down each column of a block, one behind the other.
pub(super) fn columns_pair<E: Float>(of: Groups, [x, g]: [&[E]; 2], mean: &[f64]) -> Vec<f64> {
    let row = of.row();
    bands(of, 2 * row, &|range, sums| {
        let (sums, products) = sums.split_at_mut(row);
        vectorize(
            #[inline(always)]
            || {
                let rows = x[range.clone()].chunks_exact(row).zip(g[range].chunks_exact(row));
                for (x, g) in rows {
                    let sums = sums.iter_mut().zip(products.iter_mut());
                    for ((sum, product), ((&x, &g), &mean)) in sums.zip(x.iter().zip(g).zip(mean)) {
                        *sum += g.to_f64();
                        *product += (x.to_f64() - mean) * g.to_f64();
                    }
                }
            },
        );
    })
}

/// `length` sums over the rows of a block, which `work` adds up over a range of its elements: in at most
/// 64 bands, for as many threads as there are.
fn bands(of: Groups, length: usize, work: &(dyn Fn(Range<usize>, &mut [f64]) + Sync)) -> Vec<f64> {
    let band = of.height.div_ceil(64).max(PART / of.row() + 1) * of.row();
    let mut bands = vec![0.0; of.block().div_ceil(band) * length];
    parallel::chunks(&mut bands, length, true, &|i, sums| {
        work(i * band..((i + 1) * band).min(of.block()), sums);
    });
    added(&bands, length)
}

/// The sum of rows of `length` numbers, in order.
pub(super) fn added(rows: &[f64], length: usize) -> Vec<f64> {
    let mut total = vec![0.0; length];
    for row in rows.chunks_exact(length) {
        total.iter_mut().zip(row).for_each(|(total, x)| *total += x);
    }
    total
}

/// The sum of `term` of the elements of a row.
#[inline(always)]
pub(super) fn along<E: Float>(x: &[E], term: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let mut chunks = x.chunks_exact(LANES);
    for x in &mut chunks {
        for (lane, &x) in lanes.iter_mut().zip(x) {
            *lane += term(x.to_f64());
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane += term(x.to_f64());
    }
    lanes.iter().sum()
}

/// The sums of `scale g` and of `(x - mean) scale g` along a row.
#[inline(always)]
pub(super) fn along_pair<E: Float>([x, g]: [&[E]; 2], scale: &[f64], mean: f64) -> [f64; 2] {
    let (mut sums, mut products) = ([0.0; LANES], [0.0; LANES]);
    let chunks = x.chunks(LANES).zip(g.chunks(LANES)).zip(scale.chunks(LANES));
    for ((x, g), scale) in chunks {
        let lanes = sums.iter_mut().zip(&mut products);
        for ((sum, product), ((&x, &g), &scale)) in lanes.zip(x.iter().zip(g).zip(scale)) {
            let g = g.to_f64() * scale;
            *sum += g;
            *product += (x.to_f64() - mean) * g;
        }
    }
    [sums.iter().sum(), products.iter().sum()]
}

/// Each element `width` times.
pub(super) fn spread(x: &[f64], width: usize) -> Vec<f64> {
    x.iter().flat_map(|&x| std::iter::repeat_n(x, width)).collect()
}

/// The sum of every `width` neighbours.
pub(super) fn gathered(x: &[f64], width: usize) -> Vec<f64> {
    x.chunks_exact(width).map(|run| run.iter().sum()).collect()
}
