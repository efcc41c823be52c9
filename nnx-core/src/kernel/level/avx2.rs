//! AVX2 with FMA: 8 lanes.

use std::arch::x86_64::*;

use super::intrinsics::intrinsics;
use super::{Kernel, Simd};

/// AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Simd for Avx2 {
    type Vector = __m256;
    type Mask = __m256i;
    type MemoryBound = Self;
    const LANES: usize = 8;
    const GEMM_TILE: [usize; 2] = [6, 2];

    fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        found.then_some(Self(()))
    }

    intrinsics!(run with "avx2,fma");
    intrinsics! {
        splat(x: f32) -> __m256 = _mm256_set1_ps(x);
        multiply_add(a: __m256, b: __m256, c: __m256) -> __m256 = _mm256_fmadd_ps(a, b, c);
        add(a: __m256, b: __m256) -> __m256 = _mm256_add_ps(a, b);
        subtract(a: __m256, b: __m256) -> __m256 = _mm256_sub_ps(a, b);
        mask(count: usize) -> __m256i = {
            let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            _mm256_cmpgt_epi32(_mm256_set1_epi32(count.min(8) as i32), lanes)
        };
    }
    intrinsics! { unsafe
        load(from: *const f32) -> __m256 = _mm256_loadu_ps(from);
        load_masked(from: *const f32, mask: __m256i) -> __m256 = _mm256_maskload_ps(from, mask);
        load_bf16(from: *const u16) -> __m256 = {
            let halves = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast()));
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(halves))
        };
        store(x: __m256, to: *mut f32) = _mm256_storeu_ps(to, x);
        store_masked(x: __m256, to: *mut f32, mask: __m256i) = _mm256_maskstore_ps(to, mask, x);
    }
    #[inline(always)]
    fn memory_bound(self) -> Self {
        self
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        // SAFETY: a prefetch may be given any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }

    #[inline(always)]
    fn transpose(self, rows: usize, from: &[f32], step: usize, to: &mut [f32], to_step: usize) {
        let zero = self.splat(0.0);
        let row = |i: usize| if i < rows { self.read(&from[i * step..][..8]) } else { zero };
        let rows = [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)];
        for (j, column) in self.columns(rows).into_iter().enumerate() {
            self.write(column, &mut to[j * to_step..][..8]);
        }
    }
}

impl Avx2 {
    // The columns of an 8 x 8 block from its rows.
    intrinsics! {
        columns(r: [__m256; 8]) -> [__m256; 8] = {
            // Interleaves pairs of rows, then pairs of pairs: each half of a register holds a transposed
            // 4 x 4 block.
            let low = |i: usize| _mm256_unpacklo_ps(r[i], r[i + 1]);
            let high = |i: usize| _mm256_unpackhi_ps(r[i], r[i + 1]);
            let pairs = [low(0), high(0), low(2), high(2), low(4), high(4), low(6), high(6)];
            let even = |i: usize| _mm256_shuffle_ps::<0x44>(pairs[i], pairs[i + 2]);
            let odd = |i: usize| _mm256_shuffle_ps::<0xee>(pairs[i], pairs[i + 2]);
            let upper = [even(0), odd(0), even(1), odd(1)];
            let lower = [even(4), odd(4), even(5), odd(5)];
            let left = |i: usize| _mm256_permute2f128_ps::<0x20>(upper[i], lower[i]);
            let right = |i: usize| _mm256_permute2f128_ps::<0x31>(upper[i], lower[i]);
            [left(0), left(1), left(2), left(3), right(0), right(1), right(2), right(3)]
        };
    }
}
