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
        if self.c.columns() == V * S::LANES {
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
        self.a.check(R, self.k);
        self.b.check(self.k, columns);
        for i in 0..R {
            let row = self.c.row(i).as_ptr();
            (0..V).for_each(|v| simd.prefetch(row.wrapping_add(v * S::LANES)));
        }

        let mask = simd.mask(columns - before_last);
        let mut sums = [[simd.splat(0.0); V]; R];
        let (mut a, mut b) = (self.a.data.as_ptr(), self.b.data.as_ptr());
        for _ in 0..self.k {
            let mut vectors = [simd.splat(0.0); V];
            for (v, vector) in vectors.iter_mut().enumerate() {
                let at = b.wrapping_add(v * S::LANES);
                // SAFETY: `b.check` found so many columns of row p of B within its slice for all p
                // below k. The vectors before the last one lie within them, the last one of a whole
                // tile does, and the mask ends with them.
                *vector = unsafe {
                    if WHOLE || v + 1 < V { simd.load(at) } else { simd.load_masked(at, mask) }
                };
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
        let part =
            |v: usize| v * S::LANES..if WHOLE || v + 1 < V { (v + 1) * S::LANES } else { columns };
        if self.finish.add {
            each(&mut sums, |i, v, sum| simd.add(simd.read(&self.c.row(i)[part(v)]), sum));
        }
        if let Some(bias) = self.finish.bias {
            each(&mut sums, |_, v, sum| simd.add(sum, simd.read(&bias[part(v)])));
        }
        each(&mut sums, |i, v, sum| {
            simd.write(sum, &mut self.c.row(i)[part(v)]);
            sum
        });
    }
}

/// Replaces each vector by what `f` makes of its row, its place in the row, and itself.
#[inline(always)]
fn each<T: Copy, const R: usize, const V: usize>(
    sums: &mut [[T; V]; R],
    mut f: impl FnMut(usize, usize, T) -> T,
) {
    for (i, sums) in sums.iter_mut().enumerate() {
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = f(i, v, *sum);
        }
    }
}
