//! The panels of packed weights: their sizes, how they are filled, and how those of bf16 are widened.

use super::super::blocking::{for_each_panel, k_block, pack_b};
use super::super::matrix::MatrixRef;
use super::COLUMNS;
use crate::kernel::bf16::{Bf16, Weight};
use crate::kernel::level::{Kernel, Simd};
use crate::kernel::microkernel::panel_width;

/// The elements of a row of panels that hold `columns` columns.
pub(super) fn padded<S: Simd>(columns: usize) -> usize {
    let (mut column, mut padded) = (0, 0);
    while column < columns {
        let width = panel_width::<S>(columns - column);
        padded += width.next_multiple_of(S::LANES);
        column += width;
    }
    padded
}

/// The number of elements of all panels.
pub(super) struct PackedLength(pub(super) [usize; 2]);

impl Kernel for PackedLength {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> usize {
        let [k, n] = self.0;
        (n / COLUMNS * padded::<S>(COLUMNS) + padded::<S>(n % COLUMNS)) * k
    }
}

/// Packs all blocks of columns.
pub(super) struct Pack<'a> {
    pub(super) b: MatrixRef<'a, f32>,
    pub(super) k: usize,
    pub(super) n: usize,
    pub(super) to: &'a mut [f32],
}

impl Kernel for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { b, k, n, mut to } = self;
        if k == 0 {
            return;
        }
        for column in (0..n).step_by(COLUMNS) {
            let columns = COLUMNS.min(n - column);
            for p in (0..k).step_by(k_block(k)) {
                let kb = k_block(k).min(k - p);
                let (block, rest) = to.split_at_mut(padded::<S>(columns) * kb);
                pack_b(simd, b.submatrix(p, column), [kb, columns], block);
                to = rest;
            }
        }
    }
}

/// As [`Pack`], of bf16, whose rows have no gaps, so that rows are copied and nothing is transposed.
pub(super) struct PackNarrow<'a> {
    pub(super) b: MatrixRef<'a, Bf16>,
    pub(super) k: usize,
    pub(super) n: usize,
    pub(super) to: &'a mut [Bf16],
}

impl Kernel for PackNarrow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { b, k, n, mut to } = self;
        assert_eq!(b.column, 1, "rows of bf16 without gaps");
        if k == 0 {
            return;
        }
        for first in (0..n).step_by(COLUMNS) {
            for p in (0..k).step_by(k_block(k)) {
                let kb = k_block(k).min(k - p);
                for_each_panel::<S>(COLUMNS.min(n - first), |column, width| {
                    let step = width.next_multiple_of(S::LANES);
                    let (panel, rest) = std::mem::take(&mut to).split_at_mut(step * kb);
                    for (i, row) in panel.chunks_exact_mut(step).enumerate() {
                        let from = b.submatrix(p + i, first + column).data;
                        row[..width].copy_from_slice(&from[..width]);
                    }
                    to = rest;
                });
            }
        }
    }
}

/// Widens whole vectors.
pub(super) struct Widen<'a> {
    pub(super) from: &'a [Bf16],
    pub(super) to: &'a mut [f32],
}

impl Kernel for Widen<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (from, to) = (self.from.chunks_exact(S::LANES), self.to.chunks_exact_mut(S::LANES));
        for (from, to) in from.zip(to) {
            simd.write(Bf16::read(simd, from), to);
        }
    }
}
