//! Advanced SIMD of aarch64, which every processor of that kind has.

use std::arch::aarch64::*;

use super::{Kernel, Simd};

/// Advanced SIMD.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon(());

impl Neon {
    pub(crate) fn new() -> Self {
        const { assert!(cfg!(target_feature = "neon"), "aarch64 without Advanced SIMD") }
        Self(())
    }
}

impl Simd for Neon {
    type Vector = float32x4_t;
    type Mask = usize;
    type Streaming = Self;
    const LANES: usize = 4;
    const TILE: [usize; 2] = [8, 3];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        fn compiled<K: Kernel>(level: Neon, kernel: K) -> K::Output {
            kernel.run(level)
        }
        compiled(self, kernel)
    }

    #[inline(always)]
    fn streaming(self) -> Self {
        self
    }
    #[inline(always)]
    fn splat(self, x: f32) -> float32x4_t {
        // SAFETY: the token proves Advanced SIMD, here and below.
        unsafe { vdupq_n_f32(x) }
    }
    #[inline(always)]
    fn multiply_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: the token.
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token.
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    fn subtract(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: the token.
        unsafe { vsubq_f32(a, b) }
    }
    #[inline(always)]
    fn mask(self, count: usize) -> usize {
        count
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        // SAFETY: the token, and the caller vouches for four numbers.
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, count: usize) -> float32x4_t {
        let mut lanes = [0.0; 4];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the caller vouches for the lanes of the mask, and `i` is one.
            *lane = unsafe { *from.add(i) };
        }
        // SAFETY: the token, and `lanes` has four numbers.
        unsafe { vld1q_f32(lanes.as_ptr()) }
    }
    #[inline(always)]
    unsafe fn store(self, x: float32x4_t, to: *mut f32) {
        // SAFETY: the token, and the caller vouches for four numbers.
        unsafe { vst1q_f32(to, x) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, x: float32x4_t, to: *mut f32, count: usize) {
        let mut lanes = [0.0; 4];
        // SAFETY: the token, and `lanes` has four numbers.
        unsafe { vst1q_f32(lanes.as_mut_ptr(), x) }
        for (i, lane) in lanes.into_iter().enumerate().take(count) {
            // SAFETY: the caller vouches for the lanes of the mask, and `i` is one.
            unsafe { *to.add(i) = lane }
        }
    }
    #[inline(always)]
    fn prefetch(self, _at: *const f32) {
        // There is no stable intrinsic; these processors prefetch well by themselves.
    }
}
