//! The GEMM microkernel: a tile of C of `MR` rows and `NV` SIMD vectors, whose sums stay in registers.
//!
//! ```text
//! for p in 0..k
//!     for i in 0..MR, v in 0..NV
//!         sums[i][v] += a[i, p] * b[p, v LANES ..]
//! ```
//!
//! `NR = NV LANES` columns in BLIS's terms. Operands may be packed or not: A may have any strides, B needs
//! rows of contiguous elements. The gather GEMM has a microkernel of its own; `gather_gemm` says why.

use super::matrix::{MatrixMut, MatrixRef};
use crate::kernel::{Kernel, Simd};

/// What happens to the sums of a tile before they are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epilogue<'a> {
    /// Whether they are added to the elements of C.
    pub(super) add: bool,
    /// The bias of each column of the tile, added with the last k-block.
    pub(super) bias: Option<&'a [f32]>,
}

/// The tile; its last vector may be partial.
struct Microkernel<'a, const MR: usize, const NV: usize> {
    k: usize,
    a: MatrixRef<'a, f32>,
    b: MatrixRef<'a, f32>,
    c: MatrixMut<'a, f32>,
    epilogue: Epilogue<'a>,
}

/// Computes the tile `c`, which is at most `GEMM_TILE` of the level.
#[inline(always)]
pub(super) fn tile<S: Simd>(
    simd: S,
    k: usize,
    a: MatrixRef<'_, f32>,
    b: MatrixRef<'_, f32>,
    c: MatrixMut<'_, f32>,
    epilogue: Epilogue<'_>,
) {
    const {
        assert!(
            S::GEMM_TILE[0] <= 8 && S::GEMM_TILE[1] <= 3,
            "a larger tile needs a row in `by_size!`"
        );
    }
    macro_rules! by_size {
        ($($rows:literal)*) => {
            match (c.rows(), c.columns().div_ceil(S::LANES)) {
                $(
                    ($rows, 1) if const { $rows <= S::GEMM_TILE[0] } => {
                        simd.run(Microkernel::<$rows, 1> { k, a, b, c, epilogue })
                    }
                    ($rows, 2) if const { $rows <= S::GEMM_TILE[0] && S::GEMM_TILE[1] >= 2 } => {
                        simd.run(Microkernel::<$rows, 2> { k, a, b, c, epilogue })
                    }
                    ($rows, 3) if const { $rows <= S::GEMM_TILE[0] && S::GEMM_TILE[1] >= 3 } => {
                        simd.run(Microkernel::<$rows, 3> { k, a, b, c, epilogue })
                    }
                )*
                (rows, vectors) => unreachable!("a tile of {rows} rows of {vectors} vectors"),
            }
        };
    }
    by_size!(1 2 3 4 5 6 7 8);
}

impl<const MR: usize, const NV: usize> Kernel for Microkernel<'_, MR, NV> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // A full tile needs no mask, and no register for it.
        if const { S::LANES == 1 } || self.c.columns() == NV * S::LANES {
            self.compute::<S, true>(simd);
        } else {
            self.compute::<S, false>(simd);
        }
    }
}

impl<const MR: usize, const NV: usize> Microkernel<'_, MR, NV> {
    /// Computes the tile. `WHOLE`: whether its last vector is full.
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(mut self, simd: S) {
        let columns = if WHOLE { NV * S::LANES } else { self.c.columns() };
        let before_last = (NV - 1) * S::LANES;
        assert!(self.c.rows() == MR && self.c.columns() == columns && self.b.column == 1);
        assert!(columns > before_last && columns <= NV * S::LANES);
        assert!(self.epilogue.bias.is_none_or(|bias| bias.len() == columns));
        self.a.check(MR, self.k);
        self.b.check(self.k, columns);
        // The pointer and stride of C stay in registers: after a store, the compiler would reload them.
        let (to, stride) = (self.c.as_mut_ptr(), self.c.stride());
        let at = |i: usize, v: usize| to.wrapping_add(i * stride + v * S::LANES);
        each_vector::<MR, NV>(|i, v| simd.prefetch(at(i, v)));

        let mask = simd.mask(columns - before_last);
        let mut sums = [[simd.splat(0.0); NV]; MR];
        let (mut a, mut b) = (self.a.data.as_ptr(), self.b.data.as_ptr());
        for _ in 0..self.k {
            let mut vectors = [simd.splat(0.0); NV];
            for (v, vector) in vectors.iter_mut().enumerate() {
                let at = b.wrapping_add(v * S::LANES);
                // SAFETY: `b.check` found `columns` columns of row p of B within its slice, for all p < k.
                *vector = unsafe { Self::load::<S, WHOLE>(simd, at, v, mask) };
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `a.check` found element (i, p) within its slice, for all i < MR and p < k.
                let x = simd.splat(unsafe { *a.wrapping_add(i * self.a.row) });
                for (sum, &vector) in sums.iter_mut().zip(&vectors) {
                    *sum = simd.multiply_add(x, vector, *sum);
                }
            }
            a = a.wrapping_add(self.a.column);
            b = b.wrapping_add(self.b.row);
        }

        // Each step is a loop of its own over all sums, which keeps them in registers.
        if self.epilogue.add {
            // SAFETY: C has MR rows of `columns` elements, `stride` apart.
            let before = |i, v| unsafe { Self::load::<S, WHOLE>(simd, at(i, v), v, mask) };
            each_vector::<MR, NV>(|i, v| sums[i][v] = simd.add(before(i, v), sums[i][v]));
        }
        if let Some(bias) = self.epilogue.bias {
            let at = |v: usize| bias.as_ptr().wrapping_add(v * S::LANES);
            // SAFETY: the bias has an element for each column.
            let load = |v| unsafe { Self::load::<S, WHOLE>(simd, at(v), v, mask) };
            let mut bias = [simd.splat(0.0); NV];
            for (v, bias) in bias.iter_mut().enumerate() {
                *bias = load(v);
            }
            each_vector::<MR, NV>(|i, v| sums[i][v] = simd.add(sums[i][v], bias[v]));
        }
        // SAFETY: C has MR rows of `columns` elements, `stride` apart, which `self` borrows mutably.
        each_vector::<MR, NV>(|i, v| unsafe {
            if WHOLE || v + 1 < NV {
                simd.store(sums[i][v], at(i, v));
            } else {
                simd.store_masked(sums[i][v], at(i, v), mask);
            }
        });
    }

    /// Loads vector `v` of a row; the last vector through the mask.
    ///
    /// # Safety
    /// The elements of vector `v` that are columns of the tile are readable from `from` on.
    #[inline(always)]
    unsafe fn load<S: Simd, const WHOLE: bool>(
        simd: S,
        from: *const f32,
        v: usize,
        mask: S::Mask,
    ) -> S::Vector {
        // SAFETY: the caller guarantees it.
        unsafe { if WHOLE || v + 1 < NV { simd.load(from) } else { simd.load_masked(from, mask) } }
    }
}

/// Calls `f(row, vector)` for each vector of the tile.
#[inline(always)]
fn each_vector<const MR: usize, const NV: usize>(mut f: impl FnMut(usize, usize)) {
    for i in 0..MR {
        for v in 0..NV {
            f(i, v);
        }
    }
}
