//! NEON (Advanced SIMD): 4 lanes. Every aarch64 processor has it.

use std::arch::aarch64::*;

use super::{Kernel, Simd};

/// NEON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon(());

impl Simd for Neon {
    type Vector = float32x4_t;
    type Mask = usize;
    type MemoryBound = Self;
    const LANES: usize = 4;
    const GEMM_TILE: [usize; 2] = [8, 3];

    fn detect() -> Option<Self> {
        const { assert!(cfg!(target_feature = "neon"), "aarch64 without Advanced SIMD") }
        Some(Self(()))
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        fn not_inlined<K: Kernel>(level: Neon, kernel: K) -> K::Output {
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
    fn splat(self, x: f32) -> float32x4_t {
        // SAFETY: `self` is a token, which proves that the processor has NEON.
        unsafe { vdupq_n_f32(x) }
    }
    #[inline(always)]
    fn multiply_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves that the processor has NEON.
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves that the processor has NEON.
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    fn subtract(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves that the processor has NEON.
        unsafe { vsubq_f32(a, b) }
    }
    #[inline(always)]
    fn mask(self, count: usize) -> usize {
        count
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        // SAFETY: the token proves NEON, and the caller guarantees four readable elements.
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, count: usize) -> float32x4_t {
        let mut lanes = [0.0; 4];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the caller guarantees the lanes of the mask, and `i` is one of them.
            *lane = unsafe { *from.add(i) };
        }
        // SAFETY: the token proves NEON, and `lanes` has four elements.
        unsafe { vld1q_f32(lanes.as_ptr()) }
    }
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> float32x4_t {
        // SAFETY: the token proves NEON, and the caller guarantees four readable elements.
        unsafe { vreinterpretq_f32_u32(vshll_n_u16::<16>(vld1_u16(from))) }
    }
    #[inline(always)]
    unsafe fn store(self, x: float32x4_t, to: *mut f32) {
        // SAFETY: the token proves NEON, and the caller guarantees four writable elements.
        unsafe { vst1q_f32(to, x) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, x: float32x4_t, to: *mut f32, count: usize) {
        let mut lanes = [0.0; 4];
        // SAFETY: the token proves NEON, and `lanes` has four elements.
        unsafe { vst1q_f32(lanes.as_mut_ptr(), x) }
        for (i, lane) in lanes.into_iter().enumerate().take(count) {
            // SAFETY: the caller guarantees the lanes of the mask, and `i` is one of them.
            unsafe { *to.add(i) = lane }
        }
    }
    #[inline(always)]
    fn prefetch(self, _at: *const f32) {
        // There is no stable intrinsic, and these processors have good hardware prefetchers.
    }
}
