//! A tile of a GEMM: the microkernel with operands of constant strides. They may be packed or not: A may
//! have any strides, B needs rows of contiguous elements.

use super::matrix::{MatrixMut, MatrixRef};
use crate::kernel::bf16::Weight;
use crate::kernel::microkernel::{Addressing, Epilogue, Microkernel};
use crate::kernel::{Kernel, Simd};

/// The tile of C; its last vector may be partial.
struct Tile<'a, W, const MR: usize, const NV: usize> {
    k: usize,
    a: MatrixRef<'a, f32>,
    b: MatrixRef<'a, W>,
    c: MatrixMut<'a, f32>,
    epilogue: Epilogue<'a>,
}

/// Computes the tile `c`, which is at most `GEMM_TILE` of the level.
#[inline(always)]
pub(super) fn tile<S: Simd, W: Weight>(
    simd: S,
    k: usize,
    a: MatrixRef<'_, f32>,
    b: MatrixRef<'_, W>,
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
                        simd.run(Tile::<W, $rows, 1> { k, a, b, c, epilogue })
                    }
                    ($rows, 2) if const { $rows <= S::GEMM_TILE[0] && S::GEMM_TILE[1] >= 2 } => {
                        simd.run(Tile::<W, $rows, 2> { k, a, b, c, epilogue })
                    }
                    ($rows, 3) if const { $rows <= S::GEMM_TILE[0] && S::GEMM_TILE[1] >= 3 } => {
                        simd.run(Tile::<W, $rows, 3> { k, a, b, c, epilogue })
                    }
                )*
                (rows, vectors) => unreachable!("a tile of {rows} rows of {vectors} vectors"),
            }
        };
    }
    by_size!(1 2 3 4 5 6 7 8);
}

impl<W: Weight, const MR: usize, const NV: usize> Kernel for Tile<'_, W, MR, NV> {
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

impl<W: Weight, const MR: usize, const NV: usize> Tile<'_, W, MR, NV> {
    /// Computes the tile. `WHOLE`: whether its last vector is full.
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(mut self, simd: S) {
        let columns = if WHOLE { NV * S::LANES } else { self.c.columns() };
        let kernel = Microkernel::<S, NV, WHOLE>::new(simd, self.c.columns(), self.epilogue);
        assert!(self.c.rows() == MR && self.b.column == 1);
        self.a.check(MR, self.k);
        self.b.check(self.k, if W::PADDED { NV * S::LANES } else { columns });
        // The pointer and stride of C stay in registers: after a store, the compiler would reload them.
        let (c, c_stride) = (self.c.as_mut_ptr(), self.c.stride());
        let at = Strided { k: self.k, a: self.a, b: self.b, c, c_stride };
        // SAFETY: `check` found the elements of A and B, and `self` borrows those of C mutably.
        unsafe { kernel.tile::<MR, _>(&at, true) }
    }
}

/// Operands and C with constant strides.
struct Strided<'a, W> {
    k: usize,
    a: MatrixRef<'a, f32>,
    b: MatrixRef<'a, W>,
    c: *mut f32,
    c_stride: usize,
}

impl<W: Weight, const MR: usize> Addressing<MR> for Strided<'_, W> {
    /// Element (0, p) of A and row p of B.
    type K = (*const f32, *const W);
    type B = W;
    const DEPTHWISE: bool = false;
    const BIAS_FIRST: bool = false;

    #[inline(always)]
    fn along_k(&self) -> impl Iterator<Item = Self::K> {
        let mut next = (self.a.data.as_ptr(), self.b.data.as_ptr());
        (0..self.k).map(move |_| {
            let (a, b) = next;
            next = (a.wrapping_add(self.a.column), b.wrapping_add(self.b.row));
            (a, b)
        })
    }
    #[inline(always)]
    fn a(&self, (a, _): Self::K, i: usize) -> *const f32 {
        a.wrapping_add(i * self.a.row)
    }
    #[inline(always)]
    fn b(&self, (_, b): Self::K) -> *const W {
        b
    }
    #[inline(always)]
    fn c(&self, i: usize) -> *mut f32 {
        self.c.wrapping_add(i * self.c_stride)
    }
}
