//! The innermost part: some rows and columns of the product, held in registers.

use super::{Indexed, Start};
use crate::kernel::{Kernel, Simd};

/// Some columns of the rows from `row` on.
pub(super) struct Part<'a> {
    pub(super) x: Indexed<'a, f32>,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) width: usize,
    pub(super) start: Start<'a, f32>,
}

impl Part<'_> {
    /// Computes a tile of as many rows as are left, at most a tile of the level. Gives their number.
    #[inline(always)]
    pub(super) fn tile<S: Simd>(self, simd: S, c: &mut [f32], to: &[usize]) -> usize {
        let left = self.x.rows.len() - self.row;
        let vectors = self.width.div_ceil(S::LANES);
        macro_rules! by_size {
            ($($rows:literal)*) => { match (vectors, self.x.lanewise) {
                $(
                    (1, true) if $rows <= S::TILE[0] && left >= $rows => {
                        simd.run(Tile::<$rows, 1, true> { part: self, c, to });
                        $rows
                    }
                    (1, _) if $rows <= S::TILE[0] && left >= $rows => {
                        simd.run(Tile::<$rows, 1, false> { part: self, c, to });
                        $rows
                    }
                    (2, _) if $rows <= S::TILE[0] && left >= $rows => {
                        simd.run(Tile::<$rows, 2, false> { part: self, c, to });
                        $rows
                    }
                    (3, _) if $rows <= S::TILE[0] && S::TILE[1] >= 3 && left >= $rows => {
                        simd.run(Tile::<$rows, 3, false> { part: self, c, to });
                        $rows
                    }
                )*
                _ => unreachable!("a tile of {left} rows of {vectors} vectors"),
            } };
        }
        by_size!(8 6 4 1)
    }
}

/// `R` rows of `V` vectors, the last of which may be partial.
struct Tile<'a, const R: usize, const V: usize, const LANEWISE: bool> {
    part: Part<'a>,
    c: &'a mut [f32],
    to: &'a [usize],
}

impl<const R: usize, const V: usize, const LANEWISE: bool> Kernel for Tile<'_, R, V, LANEWISE> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // A tile that is whole needs no mask, and no register for it.
        if self.part.width == V * S::LANES {
            self.compute::<S, true>(simd);
        } else {
            self.compute::<S, false>(simd);
        }
    }
}

impl<const R: usize, const V: usize, const LANEWISE: bool> Tile<'_, R, V, LANEWISE> {
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(self, simd: S) {
        let Part { x, row, column, width, start } = self.part;
        let before_last = (V - 1) * S::LANES;
        assert!(width > before_last && width <= V * S::LANES && column + width <= x.columns);
        let mask = simd.mask(width - before_last);
        let load = |at: *const f32, v: usize| {
            let at = at.wrapping_add(v * S::LANES);
            // SAFETY: of the `width` numbers from the given place on these are the `v`th vector, the last
            // one by its mask; the callers below vouch for them.
            unsafe { if WHOLE || v + 1 < V { simd.load(at) } else { simd.load_masked(at, mask) } }
        };
        let rows: &[usize; R] = x.rows[row..].first_chunk().expect("as many rows");
        let starts = rows.map(|row| x.a.as_ptr().wrapping_add(row));
        let b = x.b.as_ptr().wrapping_add(column);
        let mut first = [simd.splat(0.0); V];
        if let Start::Bias(bias) = start {
            let bias = bias[column..][..width].chunks(S::LANES);
            first.iter_mut().zip(bias).for_each(|(first, bias)| *first = simd.read(bias));
        }
        let mut sums = [first; R];
        for term in x.terms {
            // `check` held the farthest row and term within A, B and the columns.
            let mut vectors = [simd.splat(0.0); V];
            for (v, vector) in vectors.iter_mut().enumerate() {
                *vector = load(b.wrapping_add(term.b), v);
            }
            for (sums, start) in sums.iter_mut().zip(starts) {
                let at = start.wrapping_add(term.a);
                // SAFETY: `check` held the farthest row and the farthest term together within A.
                let same = if LANEWISE { simd.splat(0.0) } else { simd.splat(unsafe { *at }) };
                for (v, (sum, &vector)) in sums.iter_mut().zip(&vectors).enumerate() {
                    let factor = if LANEWISE { load(at.wrapping_add(column), v) } else { same };
                    *sum = simd.multiply_add(factor, vector, *sum);
                }
            }
        }
        for (i, sums) in sums.into_iter().enumerate() {
            let c = &mut self.c[self.to[row + i] + column..][..width];
            for (c, sum) in c.chunks_mut(S::LANES).zip(sums) {
                let sum = match start {
                    Start::Output => simd.add(simd.read(c), sum),
                    Start::Zero | Start::Bias(_) => sum,
                };
                simd.write(sum, c);
            }
        }
    }
}
