//! Products with a B that is packed once, for many products: the weights of a layer, whose model is replayed.
//!
//! B is cut into blocks of columns, each block into k-blocks, and each k-block into the panels that the microkernel
//! reads. So B is read end to end, whatever its number of columns, and no product packs it again. A task has some rows
//! and some columns, which begin where a panel does.
//!
//! The summation order is that of `gemm` with a row-major B: the bits are the same.

use super::blocking::{Block, Operand, k_block, pack_b};
use super::matrix::{MatrixMut, MatrixRef};
use super::split::{Work, run_all};
use super::{finish_rows, note_sharing, prefers_rows, tasks_of_product};
use crate::kernel::aligned::Aligned;
use crate::kernel::finish::Finish;
use crate::kernel::level::{Kernel, Level, MAX_LANES, Simd};
use crate::kernel::microkernel::panel_width;
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
        let Self { a, b, column: first, finish, mut c } = self;
        let (k, kc, rows, end) = (b.k, k_block(b.k), c.rows(), first + c.columns());
        let mut column = first;
        while column < end {
            // Some columns of a block.
            let start = column / COLUMNS * COLUMNS;
            let (width, columns) = (COLUMNS.min(b.n - start), (start + COLUMNS).min(end) - column);
            let row = padded::<S>(width);
            let panels = &b.panels[start * k..][..row * k];
            for p in (0..k).step_by(kc) {
                let kb = kc.min(k - p);
                let last = p + kb == k;
                let block = Block {
                    kb,
                    a: Operand::Unpacked(a.submatrix(0, p)),
                    b: Operand::Packed(&panels[row * p + (column - start) * kb..]),
                    add: p > 0,
                    finish: last.then(|| finish.of_columns(column - first, columns)),
                };
                block.tiles(simd, c.submatrix([0, column - first], [rows, columns]));
            }
            column += columns;
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
        for [m, k, n] in
            [[1, 784, 700], [40, 300, 300], [200, 100, 10], [65, 129, 1000], [3, 600, 208]]
        {
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
