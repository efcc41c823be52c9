//! The microkernel of the gather GEMM: `MR` rows and `NV` SIMD vectors of C, whose sums stay in registers.

use super::GatherOperands;
use crate::kernel::{Kernel, Simd};

/// The smallest k for which prefetching C hides memory latency.
const PREFETCH_MIN_K: usize = 64;

/// Some columns of the rows from `row` on; at most as many columns as a tile of the level has.
pub(super) struct Panel<'a> {
    pub(super) x: GatherOperands<'a, f32>,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) width: usize,
    /// The bias of these columns, or empty.
    pub(super) bias: &'a [f32],
    /// Whether the sums are added to the elements of C.
    pub(super) add: bool,
}

impl Panel<'_> {
    /// Computes tiles of the largest size that still fits, until fewer rows than that are left. Returns how
    /// many rows it computed.
    #[inline(always)]
    pub(super) fn run<S: Simd>(self, simd: S, c: &mut [f32], out_offsets: &[usize]) -> usize {
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
                            simd.run(Microkernel::<$rows, $vectors, $depthwise> {
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
    let most = (S::GEMM_TILE[0] * S::GEMM_TILE[1] / vectors.max(1)).min(S::GEMM_TILE[0]);
    match left % most {
        1 if left > most + 1 => left - (most + 1),
        1 if left == most + 1 => most - 2,
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

/// All tiles of `MR` rows and `NV` vectors that fit in `rows` rows; the last vector may be partial.
struct Microkernel<'a, const MR: usize, const NV: usize, const DEPTHWISE: bool> {
    panel: Panel<'a>,
    rows: usize,
    c: &'a mut [f32],
    out_offsets: &'a [usize],
}

impl<const MR: usize, const NV: usize, const DEPTHWISE: bool> Kernel
    for Microkernel<'_, MR, NV, DEPTHWISE>
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

impl<const MR: usize, const NV: usize, const DEPTHWISE: bool> Microkernel<'_, MR, NV, DEPTHWISE> {
    #[inline(always)]
    fn compute<S: Simd, const WHOLE: bool>(self, simd: S) -> usize {
        let Panel { x, row, column, width, bias, add } = self.panel;
        let before_last = (NV - 1) * S::LANES;
        assert!(width > before_last && width <= NV * S::LANES && column + width <= x.columns);
        let mask = simd.mask(width - before_last);
        let load = |at: *const f32, v: usize| {
            let at = at.wrapping_add(v * S::LANES);
            // SAFETY: this is vector `v` of the `width` elements at `at`; the last vector is masked. The
            // call sites below explain why those elements are in bounds.
            unsafe { if WHOLE || v + 1 < NV { simd.load(at) } else { simd.load_masked(at, mask) } }
        };
        assert!(bias.is_empty() || bias.len() == width, "a bias for each column");
        let b = x.b.as_ptr().wrapping_add(column);
        let (tiles, _) = x.row_offsets[row..][..self.rows].as_chunks::<MR>();
        let (outs, _) = self.out_offsets[row..].as_chunks::<MR>();
        for (rows, to) in tiles.iter().zip(outs) {
            // Prefetches the rows of C while the sums are computed, if that takes as long as a memory
            // access.
            if x.k_offsets.len() >= PREFETCH_MIN_K {
                for to in to {
                    let row = self.c.as_ptr().wrapping_add(to + column);
                    (0..NV).for_each(|v| simd.prefetch(row.wrapping_add(v * S::LANES)));
                }
            }
            let mut first = [simd.splat(0.0); NV];
            if !bias.is_empty() {
                let bias = bias.as_ptr();
                // The bias has `width` elements.
                for (v, first) in first.iter_mut().enumerate() {
                    *first = load(bias, v);
                }
            }
            let mut sums = [first; MR];
            // A loop, because `rows.map` is several functions to compile for each tile.
            let mut starts = [x.a.as_ptr(); MR];
            for (start, &row) in starts.iter_mut().zip(rows) {
                *start = start.wrapping_add(row);
            }
            for term in x.k_offsets {
                // `check` found the largest row offset and k offset within A and B, with all columns.
                let mut vectors = [simd.splat(0.0); NV];
                for (v, vector) in vectors.iter_mut().enumerate() {
                    *vector = load(b.wrapping_add(term.b), v);
                }
                for (sums, start) in sums.iter_mut().zip(&starts) {
                    let at = start.wrapping_add(term.a);
                    // SAFETY: `check` found the largest row offset plus the largest k offset within A.
                    let same = if DEPTHWISE { simd.splat(0.0) } else { simd.splat(unsafe { *at }) };
                    for (v, (sum, &vector)) in sums.iter_mut().zip(&vectors).enumerate() {
                        let factor =
                            if DEPTHWISE { load(at.wrapping_add(column), v) } else { same };
                        *sum = simd.multiply_add(factor, vector, *sum);
                    }
                }
            }
            for (sums, &to) in sums.iter().zip(to) {
                let c = self.c.as_mut_ptr().wrapping_add(to + column);
                for (v, &sum) in sums.iter().enumerate() {
                    // `check` found the largest row offset within C, with all columns.
                    let sum = if add { simd.add(load(c, v), sum) } else { sum };
                    let c = c.wrapping_add(v * S::LANES);
                    if WHOLE || v + 1 < NV {
                        // SAFETY: the row has a full vector here.
                        unsafe { simd.store(sum, c) };
                    } else {
                        // SAFETY: these are the remaining ones of the row's `width` elements, borrowed
                        // mutably with C.
                        let c = unsafe { std::slice::from_raw_parts_mut(c, width - before_last) };
                        simd.write(sum, c);
                    }
                }
            }
        }
        tiles.len() * MR
    }
}
