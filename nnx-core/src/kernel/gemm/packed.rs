//! Products with a B that is packed once, for many products: the weights of a layer, whose model is replayed.
//!
//! B is cut into blocks of columns, each block into k-blocks, and each k-block into the panels that the microkernel
//! reads. So B is read end to end, whatever its number of columns, and no product packs it again. A task has some rows
//! and some columns, which begin where a panel does.
//!
//! Panels of bf16 stay bf16. Tiles of few rows widen them in the microkernel: B is read as half the bytes. For many rows, each
//! k-block is widened once to a scratch buffer, end to end, as its panels are those of f32.
//!
//! The summation order is that of `gemm` with a row-major B: the bits are the same.

mod panels;
#[cfg(test)]
mod tests;

use self::panels::{Pack, PackNarrow, PackedLength, Widen, padded};
use super::blocking::{Block, Operand, k_block};
use super::matrix::{MatrixMut, MatrixRef};
use super::packing::with_packing_buffers;
use super::split::{Work, run_all};
use super::{finish_rows, note_sharing, prefers_rows, tasks_of_product};
use crate::kernel::aligned::Aligned;
use crate::kernel::bf16::{Bf16, Weight};
use crate::kernel::finish::Finish;
use crate::kernel::level::{Kernel, Level, MAX_LANES, Simd};
use crate::kernel::scratch::{self, List};

/// Columns of a block: whole panels at every level, few enough that a k-block of them stays in L2, and many, because a
/// tile of rows of A is read for each block.
const COLUMNS: usize = 288;
/// Where the columns of a block may be cut: at every level a panel begins at each multiple, unless the columns after it
/// are a single vector.
const CUT: usize = 96;
/// Columns after a cut, at least.
const AFTER_CUT: usize = 32;
const _: () = assert!(COLUMNS.is_multiple_of(CUT) && AFTER_CUT > MAX_LANES);

/// With up to this many rows, bf16 is widened for each tile of them.
const WIDENED_IN_TILES: usize = 128;

/// B, in panels of the level that the process runs at.
pub(crate) struct PackedMatrix {
    k: usize,
    n: usize,
    level: Level,
    panels: Panels,
}

/// The elements of the panels.
enum Panels {
    Whole(Aligned),
    Narrow(Aligned<Bf16>),
}

impl PackedMatrix {
    /// Packs B of k × n.
    pub(crate) fn new(b: MatrixRef<'_, f32>, size: [usize; 2]) -> Self {
        Self::at_level(Level::active(), b, size)
    }

    /// Packs B of k × n, of bf16.
    pub(crate) fn of_bf16(b: MatrixRef<'_, Bf16>, size: [usize; 2]) -> Self {
        Self::of_bf16_at_level(Level::active(), b, size)
    }

    pub(super) fn at_level(level: Level, b: MatrixRef<'_, f32>, [k, n]: [usize; 2]) -> Self {
        b.check(k, n);
        let mut panels = Aligned::zeroed(level.run(PackedLength([k, n])), "packed weights");
        level.run(Pack { b, k, n, to: &mut panels });
        Self { k, n, level, panels: Panels::Whole(panels) }
    }

    fn of_bf16_at_level(level: Level, b: MatrixRef<'_, Bf16>, [k, n]: [usize; 2]) -> Self {
        b.check(k, n);
        let mut panels = Aligned::zeroed(level.run(PackedLength([k, n])), "packed weights");
        level.run(PackNarrow { b, k, n, to: &mut panels });
        Self { k, n, level, panels: Panels::Narrow(panels) }
    }

    /// The bytes of the panels.
    pub(crate) fn bytes(&self) -> usize {
        match &self.panels {
            Panels::Whole(panels) => size_of_val(&**panels),
            Panels::Narrow(panels) => size_of_val(&**panels),
        }
    }
}

/// `C = finish(A B)`, with all threads. `c` is a row-major matrix without gaps, of `rows` rows.
pub(crate) fn gemm_packed(
    rows: usize,
    a: MatrixRef<'_, f32>,
    b: &PackedMatrix,
    finish: Finish<'_, f32>,
    c: &mut [f32],
) {
    assert_eq!(c.len(), rows * b.n, "a product of {rows} x {}", b.n);
    super::check_bias(finish.bias, b.n);
    a.check(rows, b.k);
    if c.is_empty() {
        return;
    }
    let count = tasks_of_product([rows, b.k, b.n]);
    if count > 1 {
        note_sharing([rows, b.k, b.n], &a, c);
    }
    let mut c = MatrixMut::new(c, [rows, b.n], b.n);
    if b.k == 0 {
        (0..rows).for_each(|i| c.row(i).fill(0.0));
        return finish_rows(finish, &mut c);
    }
    let product = Product { a, b, column: 0, finish, c };
    match count {
        0 | 1 => b.level.run(product),
        count => {
            let mut parts = scratch::with_room(count);
            product.split(count, &mut parts);
            run_all(&mut parts);
        }
    }
}

/// Some rows and columns of C.
struct Product<'a> {
    a: MatrixRef<'a, f32>,
    b: &'a PackedMatrix,
    /// The first column.
    column: usize,
    finish: Finish<'a, f32>,
    c: MatrixMut<'a, f32>,
}

impl<'a> Product<'a> {
    /// Halves C until there are `count` parts.
    fn split(self, count: usize, parts: &mut List<Self>) {
        let Self { a, b, column, finish, c } = self;
        let rows = (c.rows() / 2).next_multiple_of(8);
        let columns = (c.columns() / 2).next_multiple_of(CUT);
        let (by_rows, by_columns) = (rows < c.rows(), columns + AFTER_CUT <= c.columns());
        if count < 2 || !(by_rows || by_columns) {
            parts.push(Self { a, b, column, finish, c });
        } else if by_rows && (prefers_rows::<f32>([c.rows(), b.k, b.n]) || !by_columns) {
            let (first, second) = c.split_rows(rows);
            let lower = a.submatrix(rows, 0);
            Self { a, b, column, finish, c: first }.split(count / 2, parts);
            Self { a: lower, b, column, finish, c: second }.split(count - count / 2, parts);
        } else {
            let (first, second) = c.split_columns(columns);
            let of_second = finish.of_columns(columns, second.columns());
            let of_first = finish.of_columns(0, columns);
            Self { a, b, column, finish: of_first, c: first }.split(count / 2, parts);
            let right = Self { a, b, column: column + columns, finish: of_second, c: second };
            right.split(count - count / 2, parts);
        }
    }
}

impl Work for Product<'_> {
    fn run(&mut self) {
        let Self { a, b, column, finish, ref mut c } = *self;
        let size = [c.rows(), c.columns()];
        b.level.run(Product { a, b, column, finish, c: c.submatrix([0, 0], size) });
    }
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let b = self.b;
        match &b.panels {
            Panels::Whole(panels) => self.blocks(simd, panels, |block, work| work(block)),
            Panels::Narrow(panels) if self.c.rows() <= WIDENED_IN_TILES => {
                self.blocks(simd, panels, |block, work| work(block));
            }
            Panels::Narrow(panels) => self.blocks(simd, panels, |block, work| {
                with_packing_buffers([0, block.len()], |[_, wide]| {
                    simd.run(Widen { from: block, to: wide });
                    work(wide);
                });
            }),
        }
    }
}

impl Product<'_> {
    /// Computes block after block. `read(panels, work)` calls `work` with the panels of a k-block of a block of columns, in the
    /// form in which the microkernel reads them.
    #[inline(always)]
    fn blocks<S: Simd, W, R: Weight>(
        self,
        simd: S,
        panels: &[W],
        read: impl Fn(&[W], &mut dyn FnMut(&[R])),
    ) {
        let Self { a, b, column: first, finish, mut c } = self;
        let (k, kc, rows, end) = (b.k, k_block(b.k), c.rows(), first + c.columns());
        let mut column = first;
        while column < end {
            // Some columns of a block.
            let start = column / COLUMNS * COLUMNS;
            let (width, columns) = (COLUMNS.min(b.n - start), (start + COLUMNS).min(end) - column);
            let row = padded::<S>(width);
            let panels = &panels[start * k..][..row * k];
            let offset = column - start;
            for p in (0..k).step_by(kc) {
                let kb = kc.min(k - p);
                let last = p + kb == k;
                let own = &panels[row * p + offset * kb..][..(row - offset) * kb];
                read(own, &mut |own| {
                    let block = Block {
                        kb,
                        a: Operand::Unpacked(a.submatrix(0, p)),
                        b: Operand::Packed(own),
                        add: p > 0,
                        finish: last.then(|| finish.of_columns(column - first, columns)),
                    };
                    block.tiles(simd, c.submatrix([0, column - first], [rows, columns]));
                });
            }
            column += columns;
        }
    }
}
