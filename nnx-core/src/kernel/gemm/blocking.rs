//! The blocking loops around the microkernel, after Goto and van de Geijn (2008) and BLIS (Van Zee and van
//! de Geijn 2015).
//!
//! ```text
//! loop 5  for columns of C, NC at a time       a block of C and the columns of B that it needs
//! loop 4    for k-blocks of at most KC         rows of B, packed: they stay in L3
//! loop 3      for rows of C, MC at a time      rows of A, packed: they stay in L2
//! loop 2        for panels of B, NR wide       a panel stays in L1
//! loop 1          for tiles of MR rows         the sums stay in registers
//! ```
//!
//! An operand is packed if it is read often enough to repay the copy, or if the microkernel can't read its
//! strides. Loop 4 splits k by the value of k alone, and the microkernel adds the products of a k-block in
//! order. So neither the other loops nor packing change a bit of the result.

use super::matrix::{MatrixMut, MatrixRef};
use super::packing::{Panels, with_packing_buffers};
use super::post_rows;
use super::tile::tile;
use crate::kernel::Simd;
use crate::kernel::bf16::Weight;
use crate::kernel::finish::Finish;
use crate::kernel::microkernel::{Epilogue, panel_width};

/// The longest k-block: the microkernel sums one in registers before it adds the sums to C.
const KC: usize = 512;
/// Columns of C per block.
const NC: usize = 1024;
/// Rows of C per block if A is packed: 384 KB of A with k-blocks of `KC`. A multiple of every level's MR.
const MC: usize = 192;

/// The length of the k-blocks: k is split into equal blocks of at most `KC`; the last one may be shorter.
pub(super) fn k_block(k: usize) -> usize {
    k.div_ceil(k.div_ceil(KC)).next_multiple_of(8)
}

/// The stride between the columns of a packed tile of A, in elements.
const fn packed_a_stride<S: Simd>() -> usize {
    S::GEMM_TILE[0].next_multiple_of(4)
}

/// Whether B is packed: its rows are read once for each tile of rows of A.
fn packs_b<S: Simd>([m, k, n]: [usize; 3], b: &MatrixRef<'_, f32>) -> bool {
    // If the rows of B are half a page or more apart, each is on another page, and reading them is slower.
    let near =
        if b.row > 512 { S::L2_STREAM_ELEMENTS.min(64 * 1024) } else { S::L2_STREAM_ELEMENTS };
    b.column != 1 || (m > 8 * S::GEMM_TILE[0] && k * n > near)
}

/// Whether A is packed. The microkernel reads A well unpacked, unless neighbouring elements share no cache
/// line (no stride is 1), or A is transposed and MR elements of a column straddle cache lines.
fn packs_a<S: Simd>([m, k, n]: [usize; 3], a: &MatrixRef<'_, f32>) -> bool {
    let scattered = a.row != 1 && a.column != 1;
    let straddling = a.row == 1 && !S::GEMM_TILE[0].is_multiple_of(8) && m * k > 64 * 1024;
    n > 4 * S::GEMM_TILE[1] * S::LANES && (scattered || straddling)
}

/// `C = finish(A B)`, or `C = finish(C + A B)` if `add`. Neither k nor `c` is empty.
pub(super) fn blocks<S: Simd>(
    simd: S,
    k: usize,
    a: MatrixRef<'_, f32>,
    b: MatrixRef<'_, f32>,
    finish: Finish<'_, f32>,
    mut c: MatrixMut<'_, f32>,
    add: bool,
) {
    const { assert!(MC.is_multiple_of(S::GEMM_TILE[0]), "blocks of A are whole tiles") }
    let [m, n] = [c.rows(), c.columns()];
    let (packs_a, packs_b) = (packs_a::<S>([m, k, n], &a), packs_b::<S>([m, k, n], &b));
    let kc = k_block(k);
    let mc = if packs_a { MC } else { m };
    let padded_rows = mc.min(m).div_ceil(S::GEMM_TILE[0]) * packed_a_stride::<S>();
    let padded_columns = NC.min(n).next_multiple_of(S::LANES);
    let lengths =
        [if packs_a { padded_rows * kc } else { 0 }, if packs_b { padded_columns * kc } else { 0 }];
    with_packing_buffers(lengths, |[packed_a, packed_b]| {
        for column in (0..n).step_by(NC) {
            let columns = NC.min(n - column);
            for p in (0..k).step_by(kc) {
                let kb = kc.min(k - p);
                let last = p + kb == k;
                let b = b.submatrix(p, column);
                if packs_b {
                    pack_b(simd, b, [kb, columns], packed_b);
                }
                for row in (0..m).step_by(mc) {
                    let rows = mc.min(m - row);
                    let a = a.submatrix(row, p);
                    if packs_a {
                        pack_a(simd, a, [rows, kb], packed_a);
                    }
                    let block = Block {
                        kb,
                        a: if packs_a { Operand::Packed(packed_a) } else { Operand::Unpacked(a) },
                        b: if packs_b { Operand::Packed(packed_b) } else { Operand::Unpacked(b) },
                        add: add || p > 0,
                        finish: last.then(|| finish.of_columns(column, columns)),
                    };
                    block.tiles(simd, c.submatrix([row, column], [rows, columns]));
                }
            }
        }
    });
}

/// Calls `work(first column, width)` for each panel.
#[inline(always)]
pub(super) fn for_each_panel<S: Simd>(columns: usize, mut work: impl FnMut(usize, usize)) {
    let mut column = 0;
    while column < columns {
        let width = panel_width::<S>(columns - column);
        work(column, width);
        column += width;
    }
}

/// Packs a block of B as panels, one after the other.
pub(super) fn pack_b<S: Simd, W: Weight>(
    simd: S,
    b: MatrixRef<'_, W>,
    [kb, columns]: [usize; 2],
    packed: &mut [f32],
) {
    let (width, unit) = (panel_width::<S>, S::LANES);
    simd.run(Panels { from: b, kc: kb, columns, width, unit, to: packed });
}

/// Packs a block of A as tiles of MR rows, each stored column by column.
fn pack_a<S: Simd>(simd: S, a: MatrixRef<'_, f32>, [rows, kb]: [usize; 2], packed: &mut [f32]) {
    let width = |rows: usize| rows.min(S::GEMM_TILE[0]);
    let (from, unit) = (a.transposed(), packed_a_stride::<S>());
    simd.run(Panels { from, kc: kb, columns: rows, width, unit, to: packed });
}

/// An operand of a block of C.
#[derive(Clone, Copy)]
pub(super) enum Operand<'a, W> {
    Packed(&'a [W]),
    Unpacked(MatrixRef<'a, W>),
}

/// A block of C, and the k-block that is added to it.
pub(super) struct Block<'a, W> {
    /// The length of the k-block.
    pub(super) kb: usize,
    pub(super) a: Operand<'a, f32>,
    /// Of bf16, packed.
    pub(super) b: Operand<'a, W>,
    /// Whether it is added to the elements of C.
    pub(super) add: bool,
    /// What follows, after the last k-block.
    pub(super) finish: Option<Finish<'a, f32>>,
}

impl<W: Weight> Block<'_, W> {
    /// Loops 2 and 1. Rows are the outer loop if B is packed or small: each tile of rows then reads B end
    /// to end and writes C end to end, and A needs no packing. Otherwise a panel of B is reused while it is
    /// in L1.
    pub(super) fn tiles<S: Simd>(&self, simd: S, mut c: MatrixMut<'_, f32>) {
        let [rows, columns] = [c.rows(), c.columns()];
        let rows_first =
            matches!(self.b, Operand::Packed(_)) || self.kb * columns <= S::L2_STREAM_ELEMENTS;
        if rows_first {
            for row in (0..rows).step_by(S::GEMM_TILE[0]) {
                for_each_panel::<S>(columns, |column, width| {
                    self.tile(simd, &mut c, row, [column, width])
                });
                let tile = S::GEMM_TILE[0].min(rows - row);
                self.post(&mut c.submatrix([row, 0], [tile, columns]));
            }
        } else {
            for_each_panel::<S>(columns, |column, width| {
                for row in (0..rows).step_by(S::GEMM_TILE[0]) {
                    self.tile(simd, &mut c, row, [column, width]);
                }
            });
            self.post(&mut c);
        }
    }

    /// Applies what follows the bias, after the last k-block.
    fn post(&self, c: &mut MatrixMut<'_, f32>) {
        if let Some(finish) = self.finish {
            post_rows(finish, c);
        }
    }

    #[inline(always)]
    fn tile<S: Simd>(
        &self,
        simd: S,
        c: &mut MatrixMut<'_, f32>,
        row: usize,
        [column, width]: [usize; 2],
    ) {
        let a = match self.a {
            Operand::Unpacked(a) => a.submatrix(row, 0),
            Operand::Packed(a) => {
                let step = packed_a_stride::<S>();
                let start = row / S::GEMM_TILE[0] * step * self.kb;
                MatrixRef { data: &a[start..], row: 1, column: step }
            }
        };
        let b = match self.b {
            Operand::Unpacked(b) => b.submatrix(0, column),
            Operand::Packed(b) => {
                let step = width.next_multiple_of(S::LANES);
                MatrixRef { data: &b[column * self.kb..], row: step, column: 1 }
            }
        };
        let bias = self.finish.and_then(|finish| finish.of_columns(column, width).bias);
        let rows = S::GEMM_TILE[0].min(c.rows() - row);
        let c = c.submatrix([row, column], [rows, width]);
        tile(simd, self.kb, a, b, c, Epilogue { add: self.add, bias });
    }
}
