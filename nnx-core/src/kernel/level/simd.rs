//! The interface of an ISA level: SIMD vectors of `f32`, and code that is compiled once for each level.

use std::fmt::Debug;

/// The most lanes that a level has.
pub(crate) const MAX_LANES: usize = 16;

/// Code that is written once and compiled for each level.
pub(crate) trait Kernel {
    type Output;

    /// Runs the kernel with the vectors of `simd`. Implementations must be marked `#[inline(always)]`: only
    /// then are they compiled with the level's instructions.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// An ISA level. A value is a token, which proves that this processor has the level's instructions.
pub(crate) trait Simd: Copy + Debug + Send + Sync + 'static {
    /// A register of `LANES` elements.
    type Vector: Copy;
    /// Selects the first lanes of a vector.
    type Mask: Copy;
    /// The level for memory-bound loops. Vectors of 32 bytes are best there: at most half of the unaligned
    /// loads straddle two cache lines. Of vectors of 64 bytes, all do.
    type MemoryBound: Simd;
    /// Elements of a vector, at most [`MAX_LANES`].
    const LANES: usize;
    /// The rows (MR) and vectors (NV) of a tile of the GEMM microkernel: its sums nearly fill the
    /// registers.
    const GEMM_TILE: [usize; 2];
    /// The largest B of a GEMM, in elements, that the microkernel streams from L2 as fast as from L1. It
    /// needs no packing.
    const L2_STREAM_ELEMENTS: usize = 64 * 1024;

    /// The token, if this processor has the level.
    fn detect() -> Option<Self>;

    /// Runs `kernel`, compiled with the instructions of this level.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;

    /// Calls `body`. If it is inlined, it is compiled with the instructions of this level.
    fn call<R>(self, body: impl FnOnce() -> R) -> R;

    /// The token of the level for memory-bound loops.
    fn memory_bound(self) -> Self::MemoryBound;

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::Vector;
    /// `a b + c`, rounded once; at the scalar level twice.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `a + b`.
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a - b`.
    fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// The first `count` lanes, `1 <= count <= LANES`.
    fn mask(self, count: usize) -> Self::Mask;
    /// Loads `LANES` elements.
    ///
    /// # Safety
    /// They are readable from `from` on.
    unsafe fn load(self, from: *const f32) -> Self::Vector;
    /// Loads the lanes that the mask selects; the other lanes are 0, and their memory isn't read.
    ///
    /// # Safety
    /// The elements of the mask's lanes are readable from `from` on.
    unsafe fn load_masked(self, from: *const f32, mask: Self::Mask) -> Self::Vector;
    /// Loads `LANES` elements of bf16, and widens them: the upper halves of f32s.
    ///
    /// # Safety
    /// They are readable from `from` on.
    unsafe fn load_bf16(self, from: *const u16) -> Self::Vector;
    /// Stores `LANES` elements.
    ///
    /// # Safety
    /// They are writable from `to` on.
    unsafe fn store(self, x: Self::Vector, to: *mut f32);
    /// Stores the lanes that the mask selects.
    ///
    /// # Safety
    /// They are writable from `to` on.
    unsafe fn store_masked(self, x: Self::Vector, to: *mut f32, mask: Self::Mask);

    /// Prefetches the cache line of `at`, which may be any address.
    fn prefetch(self, at: *const f32);

    /// Loads a slice of 1 to `LANES` elements; the other lanes are 0.
    #[inline(always)]
    fn read(self, from: &[f32]) -> Self::Vector {
        let count = from.len();
        assert!(0 < count && count <= Self::LANES, "a slice of 1 to {} elements", Self::LANES);
        if count == Self::LANES {
            // SAFETY: the slice has `LANES` elements.
            unsafe { self.load(from.as_ptr()) }
        } else {
            // SAFETY: the slice has `count` elements, and the mask selects the first `count` lanes.
            unsafe { self.load_masked(from.as_ptr(), self.mask(count)) }
        }
    }

    /// Stores the first lanes to a slice of 1 to `LANES` elements.
    #[inline(always)]
    fn write(self, x: Self::Vector, to: &mut [f32]) {
        let count = to.len();
        assert!(0 < count && count <= Self::LANES, "a slice of 1 to {} elements", Self::LANES);
        if count == Self::LANES {
            // SAFETY: the slice has `LANES` elements.
            unsafe { self.store(x, to.as_mut_ptr()) }
        } else {
            let mut all = [0.0; MAX_LANES];
            const { assert!(Self::LANES <= MAX_LANES) }
            // SAFETY: `all` has `MAX_LANES` elements, and a vector has no more.
            unsafe { self.store(x, all.as_mut_ptr()) }
            to.copy_from_slice(&all[..count]);
        }
    }

    /// Transposes an 8-column block of up to 8 rows: row `i` of `from` starts at `i * step` and becomes
    /// column `i` of `to`, whose rows start `to_step` apart. If `to_step` is a multiple of 8, columns up to
    /// the next multiple of 8 may be overwritten.
    #[inline(always)]
    fn transpose(self, rows: usize, from: &[f32], step: usize, to: &mut [f32], to_step: usize) {
        let mut block = [[0.0; 8]; 8];
        for (i, row) in block.iter_mut().enumerate().take(rows) {
            row.copy_from_slice(&from[i * step..][..8]);
        }
        for j in 0..8 {
            for (to, row) in to[j * to_step..][..rows].iter_mut().zip(&block) {
                *to = row[j];
            }
        }
    }
}
