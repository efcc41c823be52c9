//! The innermost part: a tile of the product, held in registers.
//!
//! ```text
//! for p in 0..k
//!     for i in 0..R, v in 0..V
//!         sums[i][v] += a[i, p] * b[p, v LANES ..]
//! ```
//!
//! It reads operands packed or as they are: for `A` it takes any strides, for `B` rows of contiguous
//! elements.

use std::array;

use super::matrix::{Layout, Output};
use crate::kernel::{Kernel, Simd};

/// What becomes of the sums of a tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finish<'a> {
    /// Are they added to what the output holds?
    pub(super) add: bool,
    /// What is added for each column, if these are the last terms of the sums.
    pub(super) bias: Option<&'a [f32]>,
}

/// `R` rows of `V` vectors, the last of which may be partial.
struct Tile<'a, const R: usize, const V: usize> {
    k: usize,
    a: Layout<'a, f32>,
    b: Layout<'a, f32>,
    c: Output<'a, f32>,
    finish: Finish<'a>,
}

/// Computes the tile of the size of `c`: at most a tile of the level.
#[inline(always)]
pub(super) fn tile<S: Simd>(
    simd: S,
    k: usize,
    a: Layout<'_, f32>,
    b: Layout<'_, f32>,
    c: Output<'_, f32>,
    finish: Finish<'_>,
) {
    macro_rules! by_size {
        ($($rows:literal)*) => {
            match (c.rows(), c.columns().div_ceil(S::LANES)) {
                $(
                    ($rows, 1) if const { $rows <= S::TILE[0] } => {
                        simd.run(Tile::<$rows, 1> { k, a, b, c, finish })
                    }
                    ($rows, 2) if const { $rows <= S::TILE[0] && S::TILE[1] >= 2 } => {
                        simd.run(Tile::<$rows, 2> { k, a, b, c, finish })
                    }
                    ($rows, 3) if const { $rows <= S::TILE[0] && S::TILE[1] >= 3 } => {
                        simd.run(Tile::<$rows, 3> { k, a, b, c, finish })
                    }
                )*
                (rows, vectors) => unreachable!("a tile of {rows} rows of {vectors} vectors"),
            }
        };
    }
    by_size!(1 2 3 4 5 6 7 8);
}

impl<const R: usize, const V: usize> Kernel for Tile<'_, R, V> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // A tile that is whole needs no mask, and no register for it.
        if const { S::LANES == 1 } || self.c.columns() == V * S::LANES {
            self.compute::<S, true>(simd);
        } else {
            self.compute::<S, false>(simd);
        }
    }
}

impl<const R: usize, const V: usize> Tile<'_, R, V> {
    /// The tile. `WHOLE`: all of its vectors are.
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(mut self, simd: S) {
        let columns = if WHOLE { V * S::LANES } else { self.c.columns() };
        let before_last = (V - 1) * S::LANES;
        assert!(self.c.rows() == R && self.c.columns() == columns && self.b.column == 1);
        assert!(columns > before_last && columns <= V * S::LANES);
        assert!(self.finish.bias.is_none_or(|bias| bias.len() == columns));
        self.a.check(R, self.k);
        self.b.check(self.k, columns);
        // Where C stands is kept in registers: behind a write, the compiler would look it up again.
        let (to, stride) = (self.c.as_mut_ptr(), self.c.stride());
        let at = |i: usize, v: usize| to.wrapping_add(i * stride + v * S::LANES);
        each_place::<R, V>(|i, v| simd.prefetch(at(i, v)));

        let mask = simd.mask(columns - before_last);
        let mut sums = [[simd.splat(0.0); V]; R];
        let (mut a, mut b) = (self.a.data.as_ptr(), self.b.data.as_ptr());
        for _ in 0..self.k {
            let mut vectors = [simd.splat(0.0); V];
            for (v, vector) in vectors.iter_mut().enumerate() {
                let at = b.wrapping_add(v * S::LANES);
                // SAFETY: `b.check` found so many columns of row p of B within its slice for all p
                // below k.
                *vector = unsafe { Self::load::<S, WHOLE>(simd, at, v, mask) };
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `a.check` found element (i, p) within its slice for all i below R, p below k.
                let x = simd.splat(unsafe { *a.wrapping_add(i * self.a.row) });
                for (sum, &vector) in sums.iter_mut().zip(&vectors) {
                    *sum = simd.multiply_add(x, vector, *sum);
                }
            }
            a = a.wrapping_add(self.a.column);
            b = b.wrapping_add(self.b.row);
        }

        // Each step runs over all sums by itself: so these stay in registers.
        if self.finish.add {
            // SAFETY: C has R rows of so many columns, `stride` apart.
            let before = |i, v| unsafe { Self::load::<S, WHOLE>(simd, at(i, v), v, mask) };
            each_place::<R, V>(|i, v| sums[i][v] = simd.add(before(i, v), sums[i][v]));
        }
        if let Some(bias) = self.finish.bias {
            let at = |v: usize| bias.as_ptr().wrapping_add(v * S::LANES);
            // SAFETY: there is a bias for each column.
            let bias: [_; V] =
                array::from_fn(|v| unsafe { Self::load::<S, WHOLE>(simd, at(v), v, mask) });
            each_place::<R, V>(|i, v| sums[i][v] = simd.add(sums[i][v], bias[v]));
        }
        // SAFETY: C has R rows of so many columns, `stride` apart, which this tile borrows mutably.
        each_place::<R, V>(|i, v| unsafe {
            if WHOLE || v + 1 < V {
                simd.store(sums[i][v], at(i, v));
            } else {
                simd.store_masked(sums[i][v], at(i, v), mask);
            }
        });
    }

    /// Vector `v` of a row, of which the last one ends with the mask.
    ///
    /// # Safety
    /// As many numbers as it has columns are readable from `from` on.
    #[inline(always)]
    unsafe fn load<S: Simd, const WHOLE: bool>(
        simd: S,
        from: *const f32,
        v: usize,
        mask: S::Mask,
    ) -> S::Vector {
        // SAFETY: the caller's.
        unsafe { if WHOLE || v + 1 < V { simd.load(from) } else { simd.load_masked(from, mask) } }
    }
}

/// Calls `f` with the row and the place in the row of each vector.
#[inline(always)]
fn each_place<const R: usize, const V: usize>(mut f: impl FnMut(usize, usize)) {
    for i in 0..R {
        for v in 0..V {
            f(i, v);
        }
    }
}
