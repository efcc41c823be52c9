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

use super::blocking::{Block, Operand, for_each_panel, k_block, pack_b};
use super::matrix::{MatrixMut, MatrixRef};
use super::packing::with_packing_buffers;
use super::split::{Work, run_all};
use super::{finish_rows, note_sharing, prefers_rows, tasks_of_product};
use crate::kernel::aligned::Aligned;
use crate::kernel::bf16::{Bf16, Weight};
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
struct PackedLength([usize; 2]);

impl Kernel for PackedLength {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> usize {
        let [k, n] = self.0;
        (n / COLUMNS * padded::<S>(COLUMNS) + padded::<S>(n % COLUMNS)) * k
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

/// As [`Pack`], of bf16, whose rows have no gaps. It is done once, so that it isn't written for a level.
struct PackNarrow<'a> {
    b: MatrixRef<'a, Bf16>,
    k: usize,
    n: usize,
    to: &'a mut [Bf16],
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

/// Widens whole vectors.
struct Widen<'a> {
    from: &'a [Bf16],
    to: &'a mut [f32],
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

    /// Weights of bf16, and the f32s that they stand for.
    fn rounded(values: &[f32]) -> (Vec<Bf16>, Vec<f32>) {
        values.iter().map(|&x| Bf16::from_f32(x)).map(|x| (x, x.to_f32())).unzip()
    }

    #[test]
    fn packed_bf16_has_the_bits_of_the_widened_weights_at_every_level() {
        for [m, k, n] in SIZES.into_iter().chain([[129, 600, 300], [64, 70, 49], [128, 5, 33]]) {
            let (a, (mut b, mut wide), bias) =
                (values(m * k, 1), rounded(&values(k * n, 2)), values(n, 3));
            if let Some(x) = b.first_mut() {
                (*x, wide[0]) = (Bf16::from_f32(f32::INFINITY), f32::INFINITY);
            }
            let a = MatrixRef::row_major(&a, k);
            let (b, wide) = (MatrixRef::row_major(&b, n), MatrixRef::row_major(&wide, n));
            for level in Level::all() {
                let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
                let (mut expected, mut found) = (vec![0.5; m * n], vec![f32::NAN; m * n]);
                let whole = PackedMatrix::at_level(level, wide, [k, n]);
                gemm_packed(m, a, &whole, finish, &mut expected);
                let narrow = PackedMatrix::of_bf16_at_level(level, b, [k, n]);
                assert_eq!(2 * narrow.bytes(), whole.bytes());
                gemm_packed(m, a, &narrow, finish, &mut found);
                let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert!(bits(&found) == bits(&expected), "{} {m} x {k} x {n}", level.name());
            }
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        for [m, k, n] in [
            [1, 784, 700],
            [40, 300, 300],
            [200, 100, 10],
            [65, 129, 1000],
            [3, 600, 208],
            [300, 70, 200],
        ] {
            let (a, b, bias) = (values(m * k, 1), values(k * n, 2), values(n, 3));
            let (a, b) = (MatrixRef::row_major(&a, k), MatrixRef::row_major(&b, n));
            let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
            let mut expected = vec![f32::NAN; m * n];
            with_threads(1, || gemm([m, k, n], a, b, finish, &mut expected));
            let packed = PackedMatrix::new(b, [k, n]);
            let (narrow, wide) = rounded(b.data);
            let narrow = PackedMatrix::of_bf16(MatrixRef::row_major(&narrow, n), [k, n]);
            let wide = MatrixRef::row_major(&wide, n);
            let mut of_bf16 = vec![f32::NAN; m * n];
            with_threads(1, || gemm([m, k, n], a, wide, finish, &mut of_bf16));
            for threads in [1, 2, 3, 8] {
                let mut found = vec![f32::NAN; m * n];
                with_threads(threads, || gemm_packed(m, a, &narrow, finish, &mut found));
                assert!(found == of_bf16, "{threads}: {m} x {k} x {n} of bf16");
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
