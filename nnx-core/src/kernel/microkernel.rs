//! The microkernel of GEMM and of the gather GEMM: a tile of C of `MR` rows and `NV` SIMD vectors, whose
//! sums stay in registers.
//!
//! ```text
//! for p in 0..k
//!     for i in 0..MR, v in 0..NV
//!         sums[i][v] += a[i, p] * b[p, v LANES ..]
//! ```
//!
//! `NR = NV LANES` columns in BLIS's terms. The microkernel is generic over [`Addressing`]: in `gemm`,
//! elements are constant strides apart; in `gather_gemm`, lists hold their offsets.

use super::Simd;
use super::bf16::Weight;

/// Where the elements of a tile of `MR` rows are, in A, B and C.
pub(super) trait Addressing<const MR: usize> {
    /// An index along k.
    type K: Copy;
    /// An element of B: f32, or bf16 that is widened when it is loaded.
    type B: Weight;
    /// Whether the element of A moves with the column, as in a depthwise convolution.
    const DEPTHWISE: bool;
    /// Whether the bias is the initial value of the sums. Otherwise it is added last.
    const BIAS_FIRST: bool;

    /// The indices along k, in order.
    fn along_k(&self) -> impl Iterator<Item = Self::K>;
    /// The element of A in row `i`; if depthwise, the first one.
    fn a(&self, k: Self::K, i: usize) -> *const f32;
    /// The row of B.
    fn b(&self, k: Self::K) -> *const Self::B;
    /// Row `i` of C.
    fn c(&self, i: usize) -> *mut f32;
}

/// The terms that are added to the products of a tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epilogue<'a> {
    /// Whether the sums are added to the elements of C.
    pub(super) add: bool,
    /// The bias of each column of the tile.
    pub(super) bias: Option<&'a [f32]>,
}

/// The columns of a tile: `NV` vectors, the last of which may be partial, unless `WHOLE`.
#[derive(Clone, Copy)]
pub(super) struct Microkernel<'a, S: Simd, const NV: usize, const WHOLE: bool> {
    simd: S,
    mask: S::Mask,
    epilogue: Epilogue<'a>,
}

impl<'a, S: Simd, const NV: usize, const WHOLE: bool> Microkernel<'a, S, NV, WHOLE> {
    /// Panics unless `columns` elements take exactly `NV` vectors, and the bias has an element for each column.
    #[inline(always)]
    pub(super) fn new(simd: S, columns: usize, epilogue: Epilogue<'a>) -> Self {
        let before_last = (NV - 1) * S::LANES;
        assert!(columns > before_last && columns <= NV * S::LANES, "a row of {NV} vectors");
        assert!(!WHOLE || columns == NV * S::LANES, "a row of whole vectors");
        assert!(epilogue.bias.is_none_or(|bias| bias.len() == columns), "a bias for each column");
        Self { simd, mask: simd.mask(columns - before_last), epilogue }
    }

    /// Loads vector `v` of a row; the last vector through the mask.
    ///
    /// # Safety
    /// The elements of the vector that are columns of the tile are readable; all of them if W is
    /// [padded](Weight::PADDED).
    #[inline(always)]
    unsafe fn load<W: Weight>(self, row: *const W, v: usize) -> S::Vector {
        let at = row.wrapping_add(v * S::LANES);
        // SAFETY: the caller guarantees that the elements are readable.
        unsafe {
            if WHOLE || v + 1 < NV {
                W::load(self.simd, at)
            } else {
                W::load_masked(self.simd, at, self.mask)
            }
        }
    }

    /// Stores vector `v` of a row; the last vector through the mask.
    ///
    /// # Safety
    /// The elements of the vector that are columns of the tile are writable.
    #[inline(always)]
    unsafe fn store(self, x: S::Vector, row: *mut f32, v: usize) {
        let at = row.wrapping_add(v * S::LANES);
        // SAFETY: the caller guarantees that the elements are writable.
        unsafe {
            if WHOLE || v + 1 < NV {
                self.simd.store(x, at);
            } else {
                self.simd.store_masked(x, at, self.mask);
            }
        }
    }

    /// Computes a tile. The products are added in the order of k. `prefetch`: whether to prefetch the rows
    /// of C while the sums are computed.
    ///
    /// # Safety
    /// For all i < MR and all indices along k, these are in bounds: the element of A, the row of B, and the
    /// row of C, which nothing else reads or writes meanwhile. Rows have `columns` elements, those of B whole
    /// vectors if it is [padded](Weight::PADDED); if depthwise, the element of A has `columns` elements, too.
    #[inline(always)]
    pub(super) unsafe fn tile<const MR: usize, A: Addressing<MR>>(self, at: &A, prefetch: bool) {
        let Self { simd, epilogue: Epilogue { add, bias }, .. } = self;
        let load_bias = |bias: &[f32]| -> [S::Vector; NV] {
            // A loop, because `array::from_fn` is several functions to compile for each tile.
            let mut vectors = [simd.splat(0.0); NV];
            for (v, vector) in vectors.iter_mut().enumerate() {
                // SAFETY: `new` found an element of the bias for each column.
                *vector = unsafe { self.load(bias.as_ptr(), v) };
            }
            vectors
        };
        if prefetch {
            for i in 0..MR {
                let row = at.c(i);
                (0..NV).for_each(|v| simd.prefetch(row.wrapping_add(v * S::LANES)));
            }
        }

        let first = match bias {
            Some(bias) if A::BIAS_FIRST => load_bias(bias),
            _ => [simd.splat(0.0); NV],
        };
        let mut sums = [first; MR];
        for k in at.along_k() {
            let mut vectors = [simd.splat(0.0); NV];
            for (v, vector) in vectors.iter_mut().enumerate() {
                // SAFETY: the caller guarantees the row of B.
                *vector = unsafe { self.load(at.b(k), v) };
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                let a = at.a(k, i);
                // SAFETY: the caller guarantees the element of A.
                let same = if A::DEPTHWISE { simd.splat(0.0) } else { simd.splat(unsafe { *a }) };
                for (v, (sum, &vector)) in sums.iter_mut().zip(&vectors).enumerate() {
                    // SAFETY: if depthwise, A has an element for each column.
                    let factor = if A::DEPTHWISE { unsafe { self.load(a, v) } } else { same };
                    *sum = simd.multiply_add(factor, vector, *sum);
                }
            }
        }

        // Each step is a loop of its own over all sums, which keeps them in registers. The address of a row
        // is computed once: after a store, the compiler would load its offset again.
        if add {
            for (i, sums) in sums.iter_mut().enumerate() {
                let row = at.c(i);
                for (v, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: the caller guarantees the row of C.
                    *sum = simd.add(unsafe { self.load(row, v) }, *sum);
                }
            }
        }
        if let Some(bias) = bias
            && !A::BIAS_FIRST
        {
            let bias = load_bias(bias);
            for sums in &mut sums {
                for (sum, &bias) in sums.iter_mut().zip(&bias) {
                    *sum = simd.add(*sum, bias);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            let row = at.c(i);
            for (v, &sum) in sums.iter().enumerate() {
                // SAFETY: the caller guarantees the row of C.
                unsafe { self.store(sum, row, v) };
            }
        }
    }
}

/// The width of the next panel of B when `columns` are left: as many vectors as a tile of the level has,
/// except that four vectors are split into two and two rather than three and one.
pub(super) fn panel_width<S: Simd>(columns: usize) -> usize {
    match (columns.div_ceil(S::LANES), S::GEMM_TILE[1]) {
        (4, 3) => 2 * S::LANES,
        (_, vectors) => columns.min(vectors * S::LANES),
    }
}
