//! The level of the processor, found once and proved by a call.

/// Runs `body` compiled for the best vector instructions that this processor has.
///
/// `body` has to be a closure that is written in place, so that it is inlined here and compiled with
/// the wider instructions. It is called from two places: a long one is inlined into them only if it is
/// marked `#[inline(always)]`. Rust contracts no multiplication with an addition by itself: what is
/// written here gives the same bits at every level.
#[inline(always)]
pub(crate) fn vectorize<R>(body: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            // SAFETY: `with_avx2` needs AVX2 and FMA, which the line above found on this processor.
            return unsafe { with_avx2(body) };
        }
    }
    body()
}

/// [`vectorize`] for kernels of elements `E`, where these are of four bytes or less. `f64` is there to check
/// gradients: one level is enough for it, and half the code to compile.
#[inline(always)]
pub(crate) fn vectorize_small<E, R>(body: impl FnOnce() -> R) -> R {
    if const { size_of::<E>() <= 4 } { vectorize(body) } else { body() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(body: impl FnOnce() -> R) -> R {
    body()
}
