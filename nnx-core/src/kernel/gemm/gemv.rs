//! GEMV: a product with a vector on one side. It is memory-bound (each element of the matrix is used once),
//! so these kernels read the matrix end to end.
//!
//! If both operands are contiguous along k, each result is a dot product:
//!
//! ```text
//! c[i, j] = Σ over l < 64 of  Σ over p = l, l + 64, ..  of  a[i, p] b[p, j]
//! ```
//!
//! It has 64 partial sums at every SIMD width; they are added in halves: l and l + 32, then l and l + 16,
//! ..
//!
//! If the matrix is contiguous along the result, its rows are scaled and added: eight rows in each pass
//! over the sums. The summation order is the microkernel's.

use std::array;

use super::blocking::k_block;
use super::matrix::{MatrixMut, MatrixRef};
use crate::kernel::bf16::Weight;
use crate::kernel::{Kernel, Simd};

/// Partial sums of a dot product.
const PARTIAL_SUMS: usize = 64;

/// Whether a product of m × n is computed by dot products: one side is a vector, and both are contiguous along k.
pub(super) fn is_dot_products(
    [m, n]: [usize; 2],
    a: &MatrixRef<'_, f32>,
    b: &MatrixRef<'_, impl Weight>,
) -> bool {
    (m == 1 || n == 1) && a.column == 1 && b.row == 1
}

/// The dot products of the rows of A with the columns of B.
pub(super) struct GemvDots<'a, 'c, W> {
    pub(super) k: usize,
    pub(super) a: MatrixRef<'a, f32>,
    pub(super) b: MatrixRef<'a, W>,
    pub(super) c: &'a mut MatrixMut<'c, f32>,
}

impl<W: Weight> Kernel for GemvDots<'_, '_, W> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for i in 0..self.c.rows() {
            let a = &self.a.submatrix(i, 0).data[..self.k];
            for (j, c) in self.c.row(i).iter_mut().enumerate() {
                *c = dot(simd, a, &self.b.submatrix(0, j).data[..self.k]);
            }
        }
    }
}

#[inline(always)]
fn dot<S: Simd, W: Weight>(simd: S, a: &[f32], b: &[W]) -> f32 {
    // The first `count` vectors hold the 64 partial sums (all of the array if a vector has one lane).
    let mut sums = [simd.splat(0.0); PARTIAL_SUMS];
    let count = PARTIAL_SUMS / S::LANES;
    let (a_runs, a_rest) = a.as_chunks::<PARTIAL_SUMS>();
    let (b_runs, b_rest) = b.as_chunks::<PARTIAL_SUMS>();
    for (a, b) in a_runs.iter().zip(b_runs) {
        for (v, sum) in sums.iter_mut().enumerate().take(count) {
            let lanes = v * S::LANES..(v + 1) * S::LANES;
            *sum = simd.multiply_add(simd.read(&a[lanes.clone()]), W::read(simd, &b[lanes]), *sum);
        }
    }
    let rest = a_rest.chunks(S::LANES).zip(b_rest.chunks(S::LANES));
    for ((a, b), sum) in rest.zip(&mut sums) {
        *sum = simd.multiply_add(simd.read(a), W::read(simd, b), *sum);
    }
    let mut all = [0.0; PARTIAL_SUMS];
    for (sum, all) in sums.into_iter().zip(all.chunks_exact_mut(S::LANES)) {
        simd.write(sum, all);
    }
    let mut length = PARTIAL_SUMS;
    while length > 1 {
        length /= 2;
        let (low, high) = all.split_at_mut(length);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
    }
    all[0]
}

/// `y = x B`, where the rows of B are contiguous. `COLUMNS` are summed at a time: their sums stay in L1, of 512 most in
/// registers.
pub(super) struct GemvRows<'a, W, const COLUMNS: usize> {
    pub(super) k: usize,
    /// A vector of k elements.
    pub(super) x: MatrixRef<'a, f32>,
    pub(super) b: MatrixRef<'a, W>,
    pub(super) y: &'a mut [f32],
    /// Whether the sums are passed for each row of B, and not once for several: then B is read end to end, if the columns
    /// are all of B.
    pub(super) row_by_row: bool,
}

/// The sums of a block of columns, aligned to a cache line: no vector of them straddles two.
#[repr(align(64))]
struct AlignedSums<const COLUMNS: usize>([f32; COLUMNS]);
/// Rows of B that are added in each pass over the sums.
const UNROLL: usize = 8;

impl<W: Weight, const COLUMNS: usize> Kernel for GemvRows<'_, W, COLUMNS> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { k, x, b, y, row_by_row } = self;
        let x = |p: usize| x.data[p * x.column];
        let mut sums = AlignedSums([0.0; COLUMNS]);
        for (block, y) in y.chunks_mut(COLUMNS).enumerate() {
            let columns = y.len();
            let sums = &mut sums.0[..columns.next_multiple_of(S::LANES)];
            let row = |p: usize| &b.data[p * b.row + block * COLUMNS..][..columns];
            for start in (0..k).step_by(k_block(k)) {
                let end = k.min(start + k_block(k));
                sums.fill(0.0);
                let mut p = start;
                while !row_by_row && p + UNROLL <= end {
                    add_rows(
                        simd,
                        array::from_fn::<_, UNROLL, _>(|i| (x(p + i), row(p + i))),
                        sums,
                    );
                    p += UNROLL;
                }
                (p..end).for_each(|p| add_rows(simd, [(x(p), row(p))], sums));
                for (y, &sum) in y.iter_mut().zip(&*sums) {
                    *y = if start > 0 { *y + sum } else { sum };
                }
            }
        }
    }
}

/// `sums += Σ x row` over `rows`, in order. A row may end within the last vector of `sums`.
#[inline(always)]
fn add_rows<S: Simd, W: Weight, const N: usize>(simd: S, rows: [(f32, &[W]); N], sums: &mut [f32]) {
    let columns = rows[0].1.len();
    assert!(rows.iter().all(|(_, row)| row.len() == columns) && columns <= sums.len());
    let factors = rows.map(|(x, _)| simd.splat(x));
    let whole = columns / S::LANES * S::LANES;
    let (sums, last) = sums.split_at_mut(whole);
    for (v, sums) in sums.chunks_exact_mut(S::LANES).enumerate() {
        let mut sum = simd.read(sums);
        for (&x, (_, row)) in factors.iter().zip(&rows) {
            // SAFETY: `sums` has whole vectors only, within `columns`, which is the length of each row.
            let vector = unsafe { W::load(simd, row.as_ptr().wrapping_add(v * S::LANES)) };
            sum = simd.multiply_add(x, vector, sum);
        }
        simd.write(sum, sums);
    }
    if whole < columns {
        let mut sum = simd.read(last);
        for (&x, (_, row)) in factors.iter().zip(&rows) {
            sum = simd.multiply_add(x, W::read(simd, &row[whole..]), sum);
        }
        simd.write(sum, last);
    }
}
