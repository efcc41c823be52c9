//! AVX-512F: 16 lanes.

use std::arch::x86_64::*;

use super::avx2::Avx2;
use super::intrinsics::intrinsics;
use super::{Kernel, Simd};

/// AVX-512F, and with it AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(Avx2);

impl Simd for Avx512 {
    type Vector = __m512;
    type Mask = __mmask16;
    type MemoryBound = Avx2;
    const LANES: usize = 16;
    const GEMM_TILE: [usize; 2] = [8, 3];
    const L2_STREAM_ELEMENTS: usize = 256 * 1024;

    fn detect() -> Option<Self> {
        Avx2::detect().filter(|_| is_x86_feature_detected!("avx512f")).map(Self)
    }

    intrinsics!(run with "avx512f,avx2,fma");
    intrinsics! {
        splat(x: f32) -> __m512 = _mm512_set1_ps(x);
        multiply_add(a: __m512, b: __m512, c: __m512) -> __m512 = _mm512_fmadd_ps(a, b, c);
        add(a: __m512, b: __m512) -> __m512 = _mm512_add_ps(a, b);
        subtract(a: __m512, b: __m512) -> __m512 = _mm512_sub_ps(a, b);
    }
    #[inline(always)]
    fn mask(self, count: usize) -> __mmask16 {
        u16::MAX >> (16 - count.clamp(1, 16))
    }
    intrinsics! { unsafe
        load(from: *const f32) -> __m512 = _mm512_loadu_ps(from);
        load_masked(from: *const f32, mask: __mmask16) -> __m512 =
            _mm512_maskz_loadu_ps(mask, from);
        load_bf16(from: *const u16) -> __m512 = {
            let halves = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(halves))
        };
        store(x: __m512, to: *mut f32) = _mm512_storeu_ps(to, x);
        store_masked(x: __m512, to: *mut f32, mask: __mmask16) =
            _mm512_mask_storeu_ps(to, mask, x);
    }
    #[inline(always)]
    fn memory_bound(self) -> Avx2 {
        self.0
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        self.0.prefetch(at);
    }
    #[inline(always)]
    fn transpose(self, rows: usize, from: &[f32], step: usize, to: &mut [f32], to_step: usize) {
        self.0.transpose(rows, from, step, to, to_step);
    }
}
