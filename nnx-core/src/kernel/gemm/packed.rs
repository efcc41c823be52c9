//! Products with a B that is packed once, for many products: the weights of a layer, whose model is replayed.
//!
//! B is cut into blocks of columns, each block into k-blocks, and each k-block into the panels that the microkernel
//! reads. So B is read end to end, whatever its number of columns, and no product packs it again. A task has some rows
//! and some blocks of columns.
//!
//! The summation order is that of `gemm` with a row-major B: the bits are the same.

use std::ops::Range;

use super::blocking::{Block, Operand, k_block, pack_b};
use super::matrix::{MatrixMut, MatrixRef};
use super::{finish_rows, task_count};
use crate::kernel::aligned::Aligned;
use crate::kernel::finish::Finish;
use crate::kernel::level::{Kernel, Level, Simd};
use crate::kernel::microkernel::panel_width;
use crate::kernel::parallel::{self, Task};

/// Columns of a block: whole panels at every level, few enough that a k-block of them stays in L2.
const COLUMNS: usize = 96;

/// B, in panels of the level that the process runs at.
pub(crate) struct PackedMatrix {
    k: usize,
    n: usize,
    level: Level,
    panels: Aligned,
}

impl PackedMatrix {
    /// Packs B of k × n.
    pub(crate) fn new(b: MatrixRef<'_, f32>, size: [usize; 2]) -> Self {
        Self::at_level(Level::active(), b, size)
    }

    pub(super) fn at_level(level: Level, b: MatrixRef<'_, f32>, [k, n]: [usize; 2]) -> Self {
        b.check(k, n);
        let mut packed = Self { k, n, level, panels: Aligned::default() };
        packed.panels = Aligned::zeroed(level.run(PackedLength(&packed)), "packed weights");
        level.run(Pack { b, k, n, to: &mut packed.panels });
        packed
    }

    /// The bytes of the panels.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.panels)
    }

    /// The number of blocks of columns.
    fn blocks(&self) -> usize {
        self.n.div_ceil(COLUMNS)
    }
}

/// The elements of a row of panels that hold `columns` columns.
fn padded<S: Simd>(columns: usize) -> usize {
    let (mut column, mut padded) = (0, 0);
    while column < columns {
        let width = panel_width::<S>(columns - column);
        padded += width.next_multiple_of(S::LANES);
        column += width;
    }
    padded
}

/// The number of elements of all panels.
struct PackedLength<'a>(&'a PackedMatrix);

impl Kernel for PackedLength<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> usize {
        let whole = self.0.n / COLUMNS * padded::<S>(COLUMNS);
        (whole + padded::<S>(self.0.n % COLUMNS)) * self.0.k
    }
}

/// Packs all blocks of columns.
struct Pack<'a> {
    b: MatrixRef<'a, f32>,
    k: usize,
    n: usize,
    to: &'a mut [f32],
}

impl Kernel for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { b, k, n, mut to } = self;
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
    let mut c = MatrixMut::new(c, [rows, b.n], b.n);
    if b.k == 0 {
        (0..rows).for_each(|i| c.row(i).fill(0.0));
        return finish_rows(finish, &mut c);
    }
    let product = Product { a, b, blocks: 0..b.blocks(), finish, c };
    match task_count(rows * b.k * b.n) {
        0 | 1 => b.level.run(product),
        count => {
            let mut tasks = Vec::new();
            product.split(count, &mut tasks);
            parallel::join_all(tasks);
        }
    }
}

/// Some rows and blocks of columns of C.
struct Product<'a> {
    a: MatrixRef<'a, f32>,
    b: &'a PackedMatrix,
    blocks: Range<usize>,
    finish: Finish<'a, f32>,
    c: MatrixMut<'a, f32>,
}

impl<'a> Product<'a> {
    /// Halves C until there are `count` tasks.
    fn split(self, count: usize, tasks: &mut Vec<Task<'a>>) {
        let Self { a, b, blocks, finish, c } = self;
        let (rows, middle) = ((c.rows() / 2).next_multiple_of(8), blocks.len().div_ceil(2));
        let (by_rows, by_columns) = (rows < c.rows(), middle < blocks.len());
        if count < 2 || !(by_rows || by_columns) {
            tasks.push(Box::new(move || b.level.run(Self { a, b, blocks, finish, c })));
        } else if by_rows && (c.rows() >= c.columns() || !by_columns) {
            let (first, second) = c.split_rows(rows);
            let lower = a.submatrix(rows, 0);
            Self { a, b, blocks: blocks.clone(), finish, c: first }.split(count / 2, tasks);
            Self { a: lower, b, blocks, finish, c: second }.split(count - count / 2, tasks);
        } else {
            let columns = middle * COLUMNS;
            let (first, second) = c.split_columns(columns);
            let of_second = finish.of_columns(columns, second.columns());
            let of_first = finish.of_columns(0, columns);
            let cut = blocks.start + middle;
            let left = Self { a, b, blocks: blocks.start..cut, finish: of_first, c: first };
            left.split(count / 2, tasks);
            let right = Self { a, b, blocks: cut..blocks.end, finish: of_second, c: second };
            right.split(count - count / 2, tasks);
        }
    }
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { a, b, blocks, finish, mut c } = self;
        let (k, kc, rows) = (b.k, k_block(b.k), c.rows());
        let mut panels = &b.panels[blocks.start * padded::<S>(COLUMNS) * k..];
        for column in (0..c.columns()).step_by(COLUMNS) {
            let columns = COLUMNS.min(c.columns() - column);
            for p in (0..k).step_by(kc) {
                let kb = kc.min(k - p);
                let (block, rest) = panels.split_at(padded::<S>(columns) * kb);
                panels = rest;
                let last = p + kb == k;
                let block = Block {
                    kb,
                    a: Operand::Unpacked(a.submatrix(0, p)),
                    b: Operand::Packed(block),
                    add: p > 0,
                    finish: last.then(|| finish.of_columns(column, columns)),
                };
                block.tiles(simd, c.submatrix([0, column], [rows, columns]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SerialGemm, gemm};
    use super::*;
    use crate::kernel::finish::PostOps;
    #[cfg(feature = "parallel")]
    use crate::kernel::threads::with_threads;

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    /// Adds where an element is, which shows whether each is passed once, with its offset.
    #[derive(Debug)]
    struct AddOffset;
    impl PostOps<f32> for AddOffset {
        fn run(&self, offset: usize, out: &mut [f32]) {
            for (i, x) in out.iter_mut().enumerate() {
                *x += (offset + i) as f32;
            }
        }
    }

    /// Rows, k and columns around the sizes of tiles, k-blocks and blocks of columns.
    const SIZES: [[usize; 3]; 12] = [
        [1, 784, 256],
        [1, 3, 2],
        [1, 40, 500],
        [2, 513, 97],
        [7, 8, 95],
        [8, 1, 96],
        [9, 600, 10],
        [17, 1030, 200],
        [32, 64, 64],
        [33, 31, 193],
        [3, 0, 5],
        [0, 4, 4],
    ];

    #[test]
    fn products_with_packed_weights_have_the_bits_of_gemm_at_every_level() {
        for [m, k, n] in SIZES {
            let (a, b, bias) = (values(m * k, 1), values(k * n, 2), values(n, 3));
            let (a, b) = (MatrixRef::row_major(&a, k), MatrixRef::row_major(&b, n));
            for level in Level::all() {
                let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
                let mut expected = vec![f32::NAN; m * n];
                let c = MatrixMut::new(&mut expected, [m, n], n);
                level.run(SerialGemm { size: [m, k, n], a, b, finish, c });
                let packed = PackedMatrix::at_level(level, b, [k, n]);
                let mut found = vec![f32::NAN; m * n];
                gemm_packed(m, a, &packed, finish, &mut found);
                assert!(found == expected, "{} {m} x {k} x {n}", level.name());
            }
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        for [m, k, n] in [[1, 784, 700], [40, 300, 300], [200, 100, 10], [65, 129, 1000]] {
            let (a, b, bias) = (values(m * k, 1), values(k * n, 2), values(n, 3));
            let (a, b) = (MatrixRef::row_major(&a, k), MatrixRef::row_major(&b, n));
            let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
            let mut expected = vec![f32::NAN; m * n];
            with_threads(1, || gemm([m, k, n], a, b, finish, &mut expected));
            let packed = PackedMatrix::new(b, [k, n]);
            for threads in [1, 2, 3, 8] {
                let (mut found, mut plain) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
                with_threads(threads, || {
                    gemm_packed(m, a, &packed, finish, &mut found);
                    gemm([m, k, n], a, b, finish, &mut plain);
                });
                assert!(found == expected && plain == expected, "{threads}: {m} x {k} x {n}");
            }
        }
    }
}
