//! What every processor has.

use super::{Kernel, Simd};

/// The level without vectors: one number at a time, or what the compiler makes of several.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar;

impl Simd for Scalar {
    type Vector = f32;
    type Mask = ();
    type Streaming = Self;
    const LANES: usize = 1;
    const TILE: [usize; 2] = [4, 3];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[inline(never)]
        fn compiled<K: Kernel>(level: Scalar, kernel: K) -> K::Output {
            kernel.run(level)
        }
        compiled(self, kernel)
    }
    #[inline(always)]
    fn streaming(self) -> Self {
        self
    }
    #[inline(always)]
    fn splat(self, x: f32) -> f32 {
        x
    }
    /// In two steps: without an instruction for it, a fused one is a hundred times slower.
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
        // SAFETY: the caller vouches for a number.
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn load_masked(self, from: *const f32, _mask: ()) -> f32 {
        // SAFETY: the caller vouches for the lanes of the mask, of which there is one.
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn store(self, x: f32, to: *mut f32) {
        // SAFETY: the caller vouches for a number.
        unsafe { *to = x }
    }
    #[inline(always)]
    unsafe fn store_masked(self, x: f32, to: *mut f32, _mask: ()) {
        // SAFETY: the caller vouches for the lanes of the mask, of which there is one.
        unsafe { *to = x }
    }
    #[inline(always)]
    fn prefetch(self, _at: *const f32) {}
}
