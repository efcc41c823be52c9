//! How an array is split into groups that share statistics, and into tasks.

use std::ops::Range;

use crate::kernel::scratch::{self, List};
use crate::kernel::{MAX_LANES, parallel};

/// The shape `[blocks, height, groups, width]` of an array: each group of each block is normalized by
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Groups {
    pub(crate) blocks: usize,
    pub(crate) height: usize,
    pub(crate) groups: usize,
    pub(crate) width: usize,
}

/// Columns of a tile, two of the widest SIMD vector: their means, factors and biases stay in registers, 12 of AVX2's 16.
pub(super) const TILE: usize = 2 * MAX_LANES;
/// The least number of elements of a line, if a block has as many.
const LINE_ELEMENTS: usize = 64;

/// With fewer blocks, the last ones may keep one thread busy while others wait.
const FEW_BLOCKS: usize = 16;

/// Elements per task.
pub(super) const ELEMENTS_PER_TASK: usize = 32 * 1024;

impl Groups {
    /// The number of elements of a row, over all groups.
    pub(crate) fn row(self) -> usize {
        self.groups * self.width
    }

    /// The number of elements of a line: one row, or several short ones, so that loops along a line are of whole tiles.
    pub(super) fn line(self) -> usize {
        let row = self.row();
        if row >= LINE_ELEMENTS {
            return row;
        }
        // As few rows as give a multiple of a tile, and then as many as give a line.
        let rows = TILE >> row.trailing_zeros().min(TILE.trailing_zeros());
        let rows = rows * LINE_ELEMENTS.div_ceil(rows * row);
        rows.min(self.height).max(1) * row
    }

    /// The elements of a row, repeated for each row of a line.
    pub(super) fn repeated_row<T: Copy + Default>(self, row: &[T]) -> List<T> {
        let mut line = scratch::filled(self.line(), T::default());
        line[..row.len()].copy_from_slice(row);
        repeat_row(row.len(), &mut line);
        line
    }

    /// The number of elements of a block.
    pub(super) fn block(self) -> usize {
        self.height * self.row()
    }

    /// The number of elements of a group.
    pub(super) fn count(self) -> f64 {
        (self.height * self.width) as f64
    }

    /// Whether each row is a group (layer norm, RMS norm).
    pub(super) fn is_rowwise(self) -> bool {
        self.height == 1 && self.groups == 1
    }

    /// The number of whole blocks per task.
    pub(super) fn blocks_per_task(self) -> usize {
        (ELEMENTS_PER_TASK / self.block().max(1)).max(1)
    }

    /// Whether threads share the blocks. They share the rows of each block in turn if blocks are few and large, and have
    /// several rows.
    pub(super) fn blocks_in_parallel(self) -> bool {
        self.is_rowwise()
            || self.blocks >= FEW_BLOCKS
            || self.block() < FEW_BLOCKS * ELEMENTS_PER_TASK
    }

    /// The number of elements of a band of rows. A block has at most 64 bands, which are computed in parallel.
    pub(super) fn band(self) -> usize {
        self.height.div_ceil(64).max(ELEMENTS_PER_TASK / self.row() + 1) * self.row()
    }
}

/// Two sums for each column of a block, over each band: `work(range, sums)` computes those of the band at
/// `range`.
pub(super) fn bands(
    shape: Groups,
    work: &(dyn Fn(Range<usize>, [&mut [f64]; 2]) + Sync),
) -> List<f64> {
    let (row, band) = (shape.row(), shape.band());
    let mut bands = scratch::filled(shape.block().div_ceil(band) * 2 * row, 0.0);
    parallel::for_chunks(&mut bands, 2 * row, true, &|i, found| {
        work(i * band..((i + 1) * band).min(shape.block()), found.split_at_mut(row).into());
    });
    bands
}

/// The sum of rows of `length` elements, in order.
pub(super) fn sum_of_rows(rows: &[f64], length: usize) -> List<f64> {
    let mut total = scratch::filled(length, 0.0);
    for row in rows.chunks_exact(length) {
        total.iter_mut().zip(row).for_each(|(total, x)| *total += x);
    }
    total
}

/// Copies the first row of a line to the others.
#[inline(always)]
pub(super) fn repeat_row<T: Copy>(row: usize, line: &mut [T]) {
    let (first, others) = line.split_at_mut(row);
    others.chunks_exact_mut(row).for_each(|other| other.copy_from_slice(first));
}

/// Repeats each element `width` times.
pub(super) fn repeat_each(x: &[f64], width: usize) -> List<f64> {
    x.iter().flat_map(|&x| std::iter::repeat_n(x, width)).collect()
}

/// The sum of every `width` consecutive elements.
pub(super) fn sum_each(x: &[f64], width: usize) -> List<f64> {
    x.chunks_exact(width).map(|run| run.iter().sum()).collect()
}
