//! Packing: copies an operand into panels, in the order in which the microkernel reads it (Goto and van de
//! Geijn 2008). The microkernel then reads contiguous memory: few TLB misses, and every loaded cache line is
//! used whole.

use std::cell::Cell;
use std::ops::Range;

use super::matrix::MatrixRef;
use crate::kernel::bf16::Weight;
use crate::kernel::scratch::{Scratch, with_scratch};
use crate::kernel::{Kernel, Simd};

/// Copies a `kc` × `columns` block of B into consecutive panels. `width(columns left)` gives the width
/// of the next panel; its rows start `width` apart, rounded up to a multiple of `unit`.
///
/// A is packed as its transpose: its panels are as wide as a tile has rows. Elements of bf16 become f32.
pub(super) struct Panels<'a, W, F> {
    pub(super) from: MatrixRef<'a, W>,
    pub(super) kc: usize,
    pub(super) columns: usize,
    pub(super) width: F,
    pub(super) unit: usize,
    pub(super) to: &'a mut [f32],
}

impl<W: Weight, F: Fn(usize) -> usize> Kernel for Panels<'_, W, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { from, kc, columns, width, unit, to } = self;
        from.check(kc, columns);
        // Contiguous rows are copied a few at a time, each from end to end. Otherwise the panels are copied one at a
        // time.
        let rows = if from.column == 1 { 8 } else { kc.max(1) };
        for first in (0..kc).step_by(rows) {
            let rows = first..(first + rows).min(kc);
            let (mut column, mut start) = (0, 0);
            while column < columns {
                let width = width(columns - column);
                let step = width.next_multiple_of(unit);
                let to = &mut to[start..start + step * kc];
                panel(simd, from.submatrix(0, column), rows.clone(), width, to, step);
                column += width;
                start += step * kc;
            }
        }
    }
}

/// Copies the given rows of a panel, whose rows start `step` apart.
#[inline(always)]
fn panel<S: Simd, W: Weight>(
    simd: S,
    from: MatrixRef<'_, W>,
    rows: Range<usize>,
    width: usize,
    to: &mut [f32],
    step: usize,
) {
    if from.column == 1 {
        for p in rows {
            if const { W::PREFETCHED } {
                prefetch(simd, from, p + ROWS_AHEAD, width);
            }
            copy(simd, &from.data[p * from.row..][..width], &mut to[p * step..]);
        }
    } else if from.row == 1 {
        // Transposes blocks of 8 × 8; the remainder is copied element by element.
        let deep = rows.start + rows.len() / 8 * 8;
        for j in (0..width).step_by(8) {
            for p in (rows.start..deep).step_by(8) {
                let block = &from.data[p + j * from.column..];
                W::transpose(
                    simd,
                    8.min(width - j),
                    block,
                    from.column,
                    &mut to[p * step + j..],
                    step,
                );
            }
        }
        one_by_one(from, deep..rows.end, 0..width, to, step);
    } else {
        one_by_one(from, rows, 0..width, to, step);
    }
}

/// Rows between one that is copied and one that is prefetched.
const ROWS_AHEAD: usize = 16;

/// Prefetches the columns of a panel in a row, which may be beyond the last one.
#[inline(always)]
fn prefetch<S: Simd, W>(simd: S, from: MatrixRef<'_, W>, row: usize, width: usize) {
    let start = from.data.as_ptr().wrapping_add(row * from.row).cast::<f32>();
    let floats = width * size_of::<W>() / size_of::<f32>();
    (0..floats).step_by(16).for_each(|at| simd.prefetch(start.wrapping_add(at)));
}

/// Copies one row of a panel, a SIMD vector at a time.
#[inline(always)]
fn copy<S: Simd, W: Weight>(simd: S, from: &[W], to: &mut [f32]) {
    for (to, from) in to[..from.len()].chunks_mut(S::LANES).zip(from.chunks(S::LANES)) {
        simd.write(W::read(simd, from), to);
    }
}

#[inline(always)]
fn one_by_one<W: Weight>(
    from: MatrixRef<'_, W>,
    rows: Range<usize>,
    columns: Range<usize>,
    to: &mut [f32],
    step: usize,
) {
    for j in columns {
        for p in rows.clone() {
            to[p * step + j] = from.data[p * from.row + j * from.column].value();
        }
    }
}

thread_local! {
    /// Scratch buffers for the packed panels of A and of B.
    static A: Scratch = const { Cell::new(Vec::new()) };
    static B: Scratch = const { Cell::new(Vec::new()) };
}

/// Calls `work` with two scratch buffers of these lengths. Their contents are unspecified.
pub(super) fn with_packing_buffers<R>(
    lengths: [usize; 2],
    work: impl FnOnce([&mut [f32]; 2]) -> R,
) -> R {
    with_scratch(&A, lengths[0], |a| with_scratch(&B, lengths[1], |b| work([a, b])))
}
