//! A panel of the gather GEMM: the microkernel with operands at gathered offsets, for several tiles.

use super::{GatherOperands, KOffset};
use crate::kernel::microkernel::{Addressing, Epilogue, Microkernel};
use crate::kernel::{Kernel, Simd};

/// The smallest k for which prefetching C hides memory latency.
const PREFETCH_MIN_K: usize = 64;

/// Some columns of the rows from `row` on; at most as many columns as a tile of the level has.
pub(super) struct Panel<'a> {
    pub(super) x: GatherOperands<'a, f32>,
    pub(super) row: usize,
    pub(super) column: usize,
    /// The offset of the panel in B.
    pub(super) b: usize,
    pub(super) width: usize,
    /// The initial value for these columns only.
    pub(super) epilogue: Epilogue<'a>,
}

impl Panel<'_> {
    /// Computes tiles of the largest size that still fits, until fewer rows than that are left. Returns how
    /// many rows it computed.
    ///
    /// # Safety
    /// `GatherOperands::check` has passed for the operands, `c` and `out_offsets`, and `packed::check` if B is packed.
    #[inline(always)]
    pub(super) unsafe fn run<S: Simd>(
        self,
        simd: S,
        c: &mut [f32],
        out_offsets: &[usize],
    ) -> usize {
        let vectors = self.width.div_ceil(S::LANES);
        let left = tile_rows::<S>(self.x.row_offsets.len() - self.row, vectors);
        macro_rules! by_size {
            ($($vectors:literal $depthwise:literal: $($rows:literal)*;)*) => {
                match (vectors, self.x.depthwise) {
                    $($(
                        ($vectors, $depthwise)
                            if const { tile_fits::<S>($rows, $vectors) } && left >= $rows =>
                        {
                            let (panel, rows) = (self, left);
                            simd.run(Tiles::<$rows, $vectors, $depthwise> {
                                panel,
                                rows,
                                c,
                                out_offsets,
                            })
                        }
                    )*)*
                    _ => unreachable!("a tile of {left} rows of {vectors} vectors"),
                }
            };
        }
        by_size! {
            1 true: 8 6 4 3 1;
            1 false: 8 6 4 3 1;
            2 false: 8 6 4 3 1;
            3 false: 8 6 4 3 1;
            4 false: 6 4 3 1;
        }
    }
}

/// How many of the `left` rows the next tiles may take: all of them, unless a single row would remain at
/// the end. One row has too few independent sums to hide the latency of an FMA, so 9 rows become 6 and 3
/// rather than 8 and 1.
fn tile_rows<S: Simd>(left: usize, vectors: usize) -> usize {
    const { assert!(S::GEMM_TILE[0] >= 3, "`by_size!` has tiles of 1 and 3 rows, and none of 2") }
    let most = (S::GEMM_TILE[0] * S::GEMM_TILE[1] / vectors.max(1)).min(S::GEMM_TILE[0]);
    match left % most {
        1 if left > most + 1 => left - (most + 1),
        1 if left == most + 1 => (most - 2).max(3),
        _ => left,
    }
}

/// The largest number of vectors in a tile: four if six rows of them fit in the registers, else as in GEMM.
pub(super) const fn max_vectors<S: Simd>() -> usize {
    let [rows, vectors] = S::GEMM_TILE;
    if rows >= 6 && rows * vectors >= 6 * 4 { 4 } else { vectors }
}

/// Whether the level has a tile of this size.
const fn tile_fits<S: Simd>(rows: usize, vectors: usize) -> bool {
    let most = S::GEMM_TILE[0] * S::GEMM_TILE[1];
    rows <= S::GEMM_TILE[0] && vectors <= max_vectors::<S>() && rows * vectors <= most
}

/// All tiles of `MR` rows and `NV` vectors that fit in `rows` rows; the last vector may be partial. Only
/// [`Panel::run`] makes one: its caller has checked the operands.
struct Tiles<'a, const MR: usize, const NV: usize, const DEPTHWISE: bool> {
    panel: Panel<'a>,
    rows: usize,
    c: &'a mut [f32],
    out_offsets: &'a [usize],
}

impl<const MR: usize, const NV: usize, const DEPTHWISE: bool> Kernel
    for Tiles<'_, MR, NV, DEPTHWISE>
{
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> usize {
        // A full tile needs no mask, and no register for it.
        if const { S::LANES == 1 } || self.panel.width == NV * S::LANES {
            self.compute::<S, true>(simd)
        } else {
            self.compute::<S, false>(simd)
        }
    }
}

impl<const MR: usize, const NV: usize, const DEPTHWISE: bool> Tiles<'_, MR, NV, DEPTHWISE> {
    /// Computes the tiles. `WHOLE`: whether their last vector is full.
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(self, simd: S) -> usize {
        let Panel { x, row, column, b, width, epilogue } = self.panel;
        let kernel = Microkernel::<S, NV, WHOLE>::new(simd, width, epilogue);
        assert!(column + width <= x.columns);
        let b = x.b.as_ptr().wrapping_add(b);
        let a = x.a.as_ptr().wrapping_add(if DEPTHWISE { column } else { 0 });
        let c = self.c.as_mut_ptr().wrapping_add(column);
        let prefetch = x.k_offsets.len() >= PREFETCH_MIN_K;
        let (tiles, _) = x.row_offsets[row..][..self.rows].as_chunks::<MR>();
        let (outs, _) = self.out_offsets[row..].as_chunks::<MR>();
        for (rows, out_offsets) in tiles.iter().zip(outs) {
            // A loop, because `rows.map` is several functions to compile for each tile.
            let mut starts = [a; MR];
            for (start, &row) in starts.iter_mut().zip(rows) {
                *start = start.wrapping_add(row);
            }
            let at =
                Gathered::<MR, DEPTHWISE> { k_offsets: x.k_offsets, a: starts, b, c, out_offsets };
            // SAFETY: `Panel::run`, which makes the tiles, is for checked operands: `check` found the largest row offset plus the largest k offset within A, the largest k
            // offset within B and the largest output offset within C, each with all columns. C is borrowed
            // mutably.
            unsafe { kernel.tile::<MR, _>(&at, prefetch) }
        }
        tiles.len() * MR
    }
}

/// Operands and rows of C at gathered offsets.
struct Gathered<'a, const MR: usize, const DEPTHWISE: bool> {
    k_offsets: &'a [KOffset],
    /// The start of each row of A.
    a: [*const f32; MR],
    b: *const f32,
    c: *mut f32,
    out_offsets: &'a [usize; MR],
}

impl<const MR: usize, const DEPTHWISE: bool> Addressing<MR> for Gathered<'_, MR, DEPTHWISE> {
    type K = KOffset;
    type B = f32;
    const DEPTHWISE: bool = DEPTHWISE;
    const BIAS_FIRST: bool = true;

    #[inline(always)]
    fn along_k(&self) -> impl Iterator<Item = KOffset> {
        self.k_offsets.iter().copied()
    }
    #[inline(always)]
    fn a(&self, k: KOffset, i: usize) -> *const f32 {
        self.a[i].wrapping_add(k.a)
    }
    #[inline(always)]
    fn b(&self, k: KOffset) -> *const f32 {
        self.b.wrapping_add(k.b)
    }
    #[inline(always)]
    fn c(&self, i: usize) -> *mut f32 {
        self.c.wrapping_add(self.out_offsets[i])
    }
}
