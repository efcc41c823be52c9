//! The level of every processor: no SIMD.

use super::{Kernel, Simd};

/// One element at a time, as far as the compiler doesn't auto-vectorize for the baseline processor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar;

impl Simd for Scalar {
    type Vector = f32;
    type Mask = ();
    type MemoryBound = Self;
    const LANES: usize = 1;
    const GEMM_TILE: [usize; 2] = [4, 3];

    fn detect() -> Option<Self> {
        Some(Self)
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        fn not_inlined<K: Kernel>(level: Scalar, kernel: K) -> K::Output {
            kernel.run(level)
        }
        not_inlined(self, kernel)
    }
    #[inline(always)]
    fn call<R>(self, body: impl FnOnce() -> R) -> R {
        body()
    }
    #[inline(always)]
    fn memory_bound(self) -> Self {
        self
    }
    #[inline(always)]
    fn splat(self, x: f32) -> f32 {
        x
    }
    /// Rounds twice: without an FMA instruction, a fused multiply-add is a hundred times slower.
    #[inline(always)]
    fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
    #[inline(always)]
    fn add(self, a: f32, b: f32) -> f32 {
        a + b
    }
    #[inline(always)]
    fn subtract(self, a: f32, b: f32) -> f32 {
        a - b
    }
    #[inline(always)]
    fn mask(self, _count: usize) {}
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> f32 {
        // SAFETY: the caller guarantees one readable element.
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, _mask: ()) -> f32 {
        // SAFETY: the caller guarantees the lanes of the mask, which is one lane.
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> f32 {
        // SAFETY: the caller guarantees one readable element.
        f32::from_bits(u32::from(unsafe { *from }) << 16)
    }
    #[inline(always)]
    unsafe fn store(self, x: f32, to: *mut f32) {
        // SAFETY: the caller guarantees one writable element.
        unsafe { *to = x }
    }
    #[inline(always)]
    unsafe fn store_masked(self, x: f32, to: *mut f32, _mask: ()) {
        // SAFETY: the caller guarantees the lanes of the mask, which is one lane.
        unsafe { *to = x }
    }
    #[inline(always)]
    fn prefetch(self, _at: *const f32) {}
}
