//! GEMM with a B of bf16: weights that are stored in half the bytes. Their elements are widened to f32, which is exact,
//! when they are read; all products and sums are of f32.
//!
//! ```text
//! m = 1    gemv, which widens a vector of B in registers: memory-bound, so half the bytes are nearly half the time
//! m > 1    for columns of B, COLUMNS at a time
//!              for k-blocks         packs the block of B, widened: it stays in L2
//!                  the tiles of C   as those of f32
//! ```
//!
//! The summation order is that of `gemm`: the bits are those of a B of f32 with the same values. The instructions of
//! AVX512-BF16 aren't used: they also round A to bf16 and flush subnormal numbers to 0, so that results would be other
//! bits at each level, with the error of the activations on top of that of the weights.

use super::blocking::{Block, Operand, k_block, pack_b};
use super::gemv::{GemvDots, GemvRows, is_dot_products};
use super::matrix::{MatrixMut, MatrixRef};
use super::packing::with_packing_buffers;
use super::{Gemm, finish_rows, trivial};
use crate::kernel::bf16::Bf16;
use crate::kernel::finish::Finish;
use crate::kernel::level::{Kernel, Level, Simd};
use crate::kernel::parallel;

/// Columns of B that are packed at a time: few enough that a k-block of them stays in L2.
const COLUMNS: usize = 288;

/// With fewer columns, a vector times a matrix doesn't read whole cache lines in order.
pub(crate) const MIN_BF16_GEMV_COLUMNS: usize = 128;

/// Columns of B whose sums a vector times a matrix keeps at a time: rows of 4 KiB. Hardware prefetchers follow several rows
/// only where each is in a page of its own.
const GEMV_COLUMNS: usize = 2048;
/// Up to this distance two or more rows share a page, and are read one after the other: twice as fast.
const ROW_BY_ROW: usize = 1024;

impl Gemm<Bf16> for f32 {
    fn gemm_serial(
        size: [usize; 3],
        a: MatrixRef<'_, f32>,
        b: MatrixRef<'_, Bf16>,
        finish: Finish<'_, f32>,
        c: MatrixMut<'_, f32>,
    ) {
        Level::active().run(SerialBf16 { size, a, b, finish, c });
    }

    /// Parts of short rows would be read with gaps, which takes two threads longer than one that reads whole rows.
    fn most_tasks(rows: usize, b: &MatrixRef<'_, Bf16>) -> usize {
        match (rows, b.column) {
            (1, 1) if b.row <= ROW_BY_ROW => 1,
            (1, 1) => parallel::num_threads(),
            _ => usize::MAX,
        }
    }
}

/// `C = finish(A B)`, on one thread.
struct SerialBf16<'a> {
    size: [usize; 3],
    a: MatrixRef<'a, f32>,
    b: MatrixRef<'a, Bf16>,
    finish: Finish<'a, f32>,
    c: MatrixMut<'a, f32>,
}

impl Kernel for SerialBf16<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { size: [m, k, n], a, b, finish, mut c } = self;
        if trivial([m, k, n], &a, &b, finish, &mut c) {
            return;
        }
        if is_dot_products([m, n], &a, &b) {
            simd.run(GemvDots { k, a, b, c: &mut c });
            return finish_rows(finish, &mut c);
        }
        if m == 1
            && b.column == 1
            && n >= MIN_BF16_GEMV_COLUMNS
            && let Some(y) = c.contiguous()
        {
            // Not at the level for memory-bound loops: the widest vectors load half as many bytes of B.
            let row_by_row = b.row <= ROW_BY_ROW;
            simd.run(GemvRows::<_, GEMV_COLUMNS> { k, x: a, b, y, row_by_row });
            return finish_rows(finish, &mut c);
        }
        let kc = k_block(k);
        let packed = COLUMNS.min(n).next_multiple_of(S::LANES) * kc;
        with_packing_buffers([0, packed], |[_, packed]| {
            for column in (0..n).step_by(COLUMNS) {
                let columns = COLUMNS.min(n - column);
                for p in (0..k).step_by(kc) {
                    let kb = kc.min(k - p);
                    pack_b(simd, b.submatrix(p, column), [kb, columns], packed);
                    let last = p + kb == k;
                    let block = Block {
                        kb,
                        a: Operand::Unpacked(a.submatrix(0, p)),
                        b: Operand::Packed(packed),
                        add: p > 0,
                        finish: last.then(|| finish.of_columns(column, columns)),
                    };
                    block.tiles(simd, c.submatrix([0, column], [m, columns]));
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SerialGemm, gemm};
    use super::*;
    use crate::kernel::bf16::{round, widen};
    use crate::kernel::finish::PostOps;
    #[cfg(feature = "parallel")]
    use crate::kernel::threads::with_threads;

    /// Doubles each element and adds its offset. The result shows whether each element is passed once, with its offset.
    #[derive(Debug)]
    struct AddOffset;
    impl PostOps<f32> for AddOffset {
        fn run(&self, offset: usize, out: &mut [f32]) {
            for (i, x) in out.iter_mut().enumerate() {
                *x = 2.0 * *x + (offset + i) as f32;
            }
        }
    }

    /// Random numbers (splitmix64).
    struct Random(u64);
    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ x >> 31
        }
        fn below(&mut self, end: usize) -> usize {
            (self.next() % end as u64) as usize
        }
        fn values(&mut self, count: usize) -> Vec<f32> {
            (0..count).map(|_| (self.next() >> 40) as f32 / 8_388_608.0 - 1.0).collect()
        }
    }

    /// B of bf16, and the f32s that it stands for.
    struct Weights {
        narrow: Vec<Bf16>,
        wide: Vec<f32>,
    }
    impl Weights {
        fn new(values: &[f32]) -> Self {
            let mut narrow = vec![Bf16::NAN; values.len()];
            let mut wide = vec![f32::NAN; values.len()];
            round(values, &mut narrow);
            widen(&narrow, &mut wide);
            Self { narrow, wide }
        }
    }

    /// Panics unless both have the same bits. NaNs count as equal: their bits depend on the instructions.
    fn assert_same(found: &[f32], expected: &[f32], what: &str) {
        for (i, (x, y)) in found.iter().zip(expected).enumerate() {
            let same = x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
            assert!(same, "{what}: element {i} is {x:e}, of f32 {y:e}");
        }
    }

    /// One product with bf16 at every level, and with the widened B of f32.
    fn compare([m, k, n]: [usize; 3], [a_kind, b_kind]: [usize; 2], a: &[f32], weights: &Weights) {
        let what = format!("{m} x {k} x {n}, strides {a_kind} and {b_kind}");
        // Row-major, column-major, and with gaps: `gapped` elements hold any of them.
        let strides = |rows: usize, columns: usize, kind: usize| match kind {
            0 => [columns, 1],
            1 => [1, rows],
            2 => [columns + 3, 1],
            _ => [2 * columns + 1, 2],
        };
        let [[a_row, a_column], [b_row, b_column]] = [strides(m, k, a_kind), strides(k, n, b_kind)];
        let a = MatrixRef { data: a, row: a_row, column: a_column };
        let narrow = MatrixRef { data: &weights.narrow[..], row: b_row, column: b_column };
        let wide = MatrixRef { data: &weights.wide[..], row: b_row, column: b_column };
        let bias = Random(7).values(n);
        let finish = Finish { bias: Some(&bias), post: Some(&AddOffset) };
        for level in Level::all() {
            let (mut expected, mut found) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            let c = MatrixMut::new(&mut expected, [m, n], n);
            level.run(SerialGemm { size: [m, k, n], a, b: wide, finish, c });
            let c = MatrixMut::new(&mut found, [m, n], n);
            level.run(SerialBf16 { size: [m, k, n], a, b: narrow, finish, c });
            assert_same(&found, &expected, &format!("{}, {what}", level.name()));
        }
    }

    fn gapped(rows: usize, columns: usize) -> usize {
        2 * (rows + 1) * (columns + 3)
    }

    #[test]
    fn products_have_the_bits_of_f32_at_every_level() {
        let mut random = Random(1);
        let mut sizes = vec![
            [1, 513, 700],
            [1, 64, 128],
            [1, 20, 1025],
            [1, 19, 2100],
            [1, 1030, 1],
            [9, 600, 10],
            [17, 520, 300],
        ];
        sizes.extend(
            (0..60).map(|_| [1 + random.below(3), random.below(90), 1 + random.below(200)]),
        );
        sizes.extend((0..30).map(|_| [random.below(30), random.below(70), random.below(70)]));
        for [m, k, n] in sizes {
            let a = random.values(gapped(m, k));
            let weights = Weights::new(&random.values(gapped(k, n)));
            let kinds = [random.below(4), random.below(4)];
            for kinds in [kinds, [0, 0], [0, 1]] {
                compare([m, k, n], kinds, &a, &weights);
            }
        }
    }

    #[test]
    fn infinities_nan_and_subnormals_are_those_of_f32() {
        let special = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            -0.0,
            1e-40,
            f32::MIN_POSITIVE,
            f32::from_bits(1 << 16),
            3.38e38,
        ];
        let mut random = Random(2);
        for [m, k, n] in [[1, 70, 200], [1, 70, 9], [1, 130, 20], [5, 70, 33]] {
            for value in special {
                let mut elements = random.values(gapped(k, n));
                elements.iter_mut().skip(random.below(5)).step_by(37).for_each(|x| *x = value);
                let mut a = random.values(gapped(m, k));
                a.iter_mut().step_by(11).for_each(|x| *x *= 1e-3);
                for b_kind in 0..2 {
                    compare([m, k, n], [0, b_kind], &a, &Weights::new(&elements));
                }
            }
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let mut random = Random(3);
        for [m, k, n] in [[1, 784, 1200], [2, 784, 700], [200, 100, 10], [65, 129, 700]] {
            let a = random.values(m * k);
            let weights = Weights::new(&random.values(k * n));
            for transposed in [false, true] {
                let of = |columns: usize| if transposed { [1, k] } else { [columns, 1] };
                let a = MatrixRef::row_major(&a, k);
                let [row, column] = of(n);
                let wide = MatrixRef { data: &weights.wide[..], row, column };
                let narrow = MatrixRef { data: &weights.narrow[..], row, column };
                let mut expected = vec![f32::NAN; m * n];
                with_threads(1, || gemm([m, k, n], a, wide, Finish::NOTHING, &mut expected));
                for threads in [1, 2, 3, 8] {
                    let mut found = vec![f32::NAN; m * n];
                    let run = || gemm([m, k, n], a, narrow, Finish::NOTHING, &mut found);
                    with_threads(threads, run);
                    assert_same(&found, &expected, &format!("{threads}: {m} x {k} x {n}"));
                }
            }
        }
    }
}
