//! AVX2 and AVX-512. All that is unsafe because a processor may lack an instruction stands in one macro.

use std::arch::x86_64::*;

use super::{Kernel, Simd};

/// AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

/// AVX-512F, and with it AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx2 {
    /// The token, where this processor has the instructions.
    pub(crate) fn new() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        found.then_some(Self(()))
    }

    /// Calls `body`, compiled with the instructions of this level if it is inlined.
    #[inline(always)]
    pub(crate) fn call<R>(self, body: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<R>(body: impl FnOnce() -> R) -> R {
            body()
        }
        // SAFETY: the token proves AVX2 and FMA.
        unsafe { compiled(body) }
    }
}

impl Avx512 {
    /// The token, where this processor has the instructions.
    pub(crate) fn new() -> Option<Self> {
        let found = Avx2::new().is_some() && is_x86_feature_detected!("avx512f");
        found.then_some(Self(()))
    }

    /// The level below, which this one includes.
    pub(crate) fn narrower(self) -> Avx2 {
        Avx2(())
    }

    /// Calls `body`, compiled with the instructions of this level if it is inlined.
    #[inline(always)]
    pub(crate) fn call<R>(self, body: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "avx512f,avx2,fma")]
        fn compiled<R>(body: impl FnOnce() -> R) -> R {
            body()
        }
        // SAFETY: the token proves AVX-512F, AVX2 and FMA.
        unsafe { compiled(body) }
    }
}

/// Methods of a token, each by an expression of the level's instructions.
macro_rules! instructions {
    ($($name:ident($($argument:ident: $of:ty),*) -> $result:ty = $body:expr;)*) => { $(
        #[inline(always)]
        fn $name(self, $($argument: $of),*) -> $result {
            // SAFETY: the token proves that this processor has the instructions; none touches memory.
            unsafe { $body }
        }
    )* };
    (unsafe $($name:ident($($argument:ident: $of:ty),*) $(-> $result:ty)? = $body:expr;)*) => { $(
        #[inline(always)]
        unsafe fn $name(self, $($argument: $of),*) $(-> $result)? {
            // SAFETY: the token proves that this processor has the instructions; the caller vouches for
            // the memory, and none of them needs it aligned.
            unsafe { $body }
        }
    )* };
    (run with $features:literal) => {
        #[inline(always)]
        fn run<K: Kernel>(self, kernel: K) -> K::Output {
            #[target_feature(enable = $features)]
            #[inline(never)]
            fn compiled<K: Kernel>(level: impl Simd, kernel: K) -> K::Output {
                kernel.run(level)
            }
            // SAFETY: the token proves that this processor has these instructions.
            unsafe { compiled(self, kernel) }
        }
    };
}

impl Simd for Avx2 {
    type Vector = __m256;
    type Mask = __m256i;
    type Streaming = Self;
    const LANES: usize = 8;
    const TILE: [usize; 2] = [6, 2];

    instructions!(run with "avx2,fma");
    instructions! {
        splat(x: f32) -> __m256 = _mm256_set1_ps(x);
        multiply_add(a: __m256, b: __m256, c: __m256) -> __m256 = _mm256_fmadd_ps(a, b, c);
        add(a: __m256, b: __m256) -> __m256 = _mm256_add_ps(a, b);
        subtract(a: __m256, b: __m256) -> __m256 = _mm256_sub_ps(a, b);
        mask(count: usize) -> __m256i = {
            let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            _mm256_cmpgt_epi32(_mm256_set1_epi32(count.min(8) as i32), lanes)
        };
    }
    instructions! { unsafe
        load(from: *const f32) -> __m256 = _mm256_loadu_ps(from);
        load_masked(from: *const f32, mask: __m256i) -> __m256 = _mm256_maskload_ps(from, mask);
        store(x: __m256, to: *mut f32) = _mm256_storeu_ps(to, x);
        store_masked(x: __m256, to: *mut f32, mask: __m256i) = _mm256_maskstore_ps(to, mask, x);
    }
    #[inline(always)]
    fn streaming(self) -> Self {
        self
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        // SAFETY: a prefetch may be asked for any address.
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
    instructions! {
        columns(r: [__m256; 8]) -> [__m256; 8] = {
            // Pairs of rows, then fours of rows: each half of a register holds a 4 x 4 block transposed.
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

impl Simd for Avx512 {
    type Vector = __m512;
    type Mask = __mmask16;
    type Streaming = Avx2;
    const LANES: usize = 16;
    const TILE: [usize; 2] = [8, 3];
    const NEAR: usize = 256 * 1024;

    instructions!(run with "avx512f,avx2,fma");
    instructions! {
        splat(x: f32) -> __m512 = _mm512_set1_ps(x);
        multiply_add(a: __m512, b: __m512, c: __m512) -> __m512 = _mm512_fmadd_ps(a, b, c);
        add(a: __m512, b: __m512) -> __m512 = _mm512_add_ps(a, b);
        subtract(a: __m512, b: __m512) -> __m512 = _mm512_sub_ps(a, b);
    }
    #[inline(always)]
    fn mask(self, count: usize) -> __mmask16 {
        u16::MAX >> (16 - count.clamp(1, 16))
    }
    instructions! { unsafe
        load(from: *const f32) -> __m512 = _mm512_loadu_ps(from);
        load_masked(from: *const f32, mask: __mmask16) -> __m512 =
            _mm512_maskz_loadu_ps(mask, from);
        store(x: __m512, to: *mut f32) = _mm512_storeu_ps(to, x);
        store_masked(x: __m512, to: *mut f32, mask: __mmask16) =
            _mm512_mask_storeu_ps(to, mask, x);
    }
    #[inline(always)]
    fn streaming(self) -> Avx2 {
        self.narrower()
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        self.narrower().prefetch(at);
    }
    #[inline(always)]
    fn transpose(self, rows: usize, from: &[f32], step: usize, to: &mut [f32], to_step: usize) {
        self.narrower().transpose(rows, from, step, to, to_step);
    }
}
